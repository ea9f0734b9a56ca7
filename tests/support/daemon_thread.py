"""A scripted monerod that serves from a thread of its own, for a whole miner in other processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.fake_monerod import FakeMonerod
from tests.support.monerod import WALLET

_TURN_S = 5.0


@contextmanager
def daemon_in_thread() -> Iterator[FakeMonerod]:
    """Serve until the end of the block. The test may write to `script`, `seed` and `difficulty` meanwhile."""
    loop, daemon = asyncio.new_event_loop(), FakeMonerod()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(daemon.start(), loop).result(_TURN_S)
        try:
            yield daemon
        finally:
            asyncio.run_coroutine_threadsafe(daemon.stop(), loop).result(_TURN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_TURN_S)
        loop.close()


def solo_on(daemon: FakeMonerod) -> tuple[str, ...]:
    """The options of `mine` that name it."""
    return ("--pool", f"daemon+http://127.0.0.1:{daemon.endpoint.port}", "--wallet", WALLET)
