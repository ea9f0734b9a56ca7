"""A real regtest daemon whose blocks need no work (difficulty 1), fresh for each test, and a source on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mining.engine.plan import Endpoint
from mining.solo.block_delivery import DaemonTimings
from mining.solo.monerod_source import MonerodSource
from tests.support.monerod import WALLET, Monerod, start_monerod

TIMINGS = DaemonTimings(backoff_first_s=0.1, backoff_max_s=0.5, silence_s=1.0, submit_retry_s=0.1)


@pytest.fixture
def monerod(tmp_path: Path) -> Iterator[Monerod]:
    """A regtest daemon of difficulty 1."""
    daemon = start_monerod(tmp_path, difficulty=1)
    yield daemon
    daemon.stop()


@pytest.fixture
def source_on() -> Callable[..., MonerodSource]:
    """Make a source with short timers."""

    def make(endpoint: Endpoint, *, wallet: str = WALLET, poll_s: float = 0.1) -> MonerodSource:
        return MonerodSource(endpoint, wallet, poll_s=poll_s, timings=TIMINGS)

    return make
