"""A Supervisor that is only its control socket: it tells what a test wants, and nothing is hashed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mining.engine.control import ControlServer, refusal
from mining.engine.event_hub import EventHub

_TURN_S = 5.0


class PuppetSupervisor:
    """What `loop` (of another thread) serves. Its methods may be called from the test's thread."""

    def __init__(self, home: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._hub = EventHub()
        self.server = ControlServer(home, self._hub, lambda op, message: refusal("puppet", "A puppet takes no orders."))

    def frame(self, frame: msgspec.Struct) -> None:
        """Tell a frame."""
        self._loop.call_soon_threadsafe(self._hub.emit_frame, frame)

    def event(self, kind: str, **fields: object) -> None:
        """Tell an event."""
        self._loop.call_soon_threadsafe(lambda: self._hub.emit(kind, **fields))


@contextmanager
def puppet_supervisor(home: Path) -> Iterator[PuppetSupervisor]:
    """Serve the control socket of `home` until the end of the block."""
    loop = asyncio.new_event_loop()
    puppet = PuppetSupervisor(home, loop)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(puppet.server.start(), loop).result(_TURN_S)
        try:
            yield puppet
        finally:
            asyncio.run_coroutine_threadsafe(puppet.server.close(), loop).result(_TURN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_TURN_S)
        loop.close()
