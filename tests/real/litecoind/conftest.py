"""A source with short timers on a real node."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mining.engine.plan import Endpoint
from mining.solo.block_delivery import DaemonTimings
from mining.solo.litecoind_source import LitecoindSource
from tests.support.litecoind import BECH32

TIMINGS = DaemonTimings(backoff_first_s=0.1, backoff_max_s=0.5, silence_s=1.0, submit_retry_s=0.1)


@pytest.fixture
def source_on() -> Callable[..., LitecoindSource]:
    """Make a source with short timers."""

    def make(endpoint: Endpoint, *, wallet: str = BECH32, poll_s: float = 0.1) -> LitecoindSource:
        return LitecoindSource(endpoint, wallet, poll_s=poll_s, timings=TIMINGS)

    return make
