"""Short timers for sources that run against a scripted daemon."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from mining.solo.block_delivery import DaemonTimings
from mining.solo.http_client import HttpDeadlines
from mining.solo.monerod_source import MonerodSource
from tests.support.fake_monerod import FakeMonerod

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
TIMINGS = DaemonTimings(
    deadlines=HttpDeadlines(connect_s=1.0, answer_s=0.5),
    backoff_first_s=0.05,
    backoff_max_s=0.4,
    silence_s=0.6,
    submit_deadline_s=1.0,
    submit_retry_s=0.1,
)
PATIENT = replace(
    TIMINGS, deadlines=HttpDeadlines(connect_s=30.0, answer_s=30.0), silence_s=60.0, submit_deadline_s=60.0
)
"""For tests in which nothing is late: a busy machine makes it so."""


@pytest.fixture
def source_of() -> Callable[..., MonerodSource]:
    """Make a source for a scripted daemon."""

    def make(
        daemon: FakeMonerod, *, poll_s: float = 0.02, refresh_s: float = 60.0, timings: DaemonTimings = PATIENT
    ) -> MonerodSource:
        return MonerodSource(
            daemon.endpoint, WALLET, poll_s=poll_s, refresh_s=refresh_s, timings=timings, rng=random.Random(5)
        )

    return make
