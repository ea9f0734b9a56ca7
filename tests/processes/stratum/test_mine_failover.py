"""Two pools and the real command: the primary dies, the warm standby is hashed for within a second of its detection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mining.engine.session.timers import SessionTimers
from tests.processes.stratum.pool_runs import START_S, words_for
from tests.support.mine import MineRun, mining
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool

EASY = presets.JTGRASSIE.but(difficulty=8, largest_difficulty=8)
HASHED_S = 1.0
SHARE_S = 60.0
TWO_SHARES_S = 15.0  # of difficulty 8 in light mode; the second one without an answer tells
ROUND_S = 1.0  # the rounds of the session and of this test
BACK_S = SessionTimers().quiet_s + SessionTimers().longest_backoff_s * 1.3 + 10.0


@pytest.fixture
def pools() -> Iterator[tuple[TestPool, TestPool]]:
    """A primary and a backup of one kind."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(TestPool.start(EASY, job_s=5.0)) for _ in range(2))
        yield first, second


def wait_for_standby(run: MineRun, standby: TestPool) -> None:
    """Wait until it mines at the primary and shows the backup as its warm standby."""
    run.wait_event("share", outcome="accepted", timeout_s=START_S)
    run.wait_frame(lambda frame: frame["session"]["standby"] == label(standby), since=0, timeout_s=START_S)
    assert standby.accepted == 0, "a standby is logged in and not mined for"


def label(pool: TestPool) -> str:
    """host:port as people read it."""
    return f"127.0.0.1:{pool.port}"


def test_a_killed_primary_costs_a_second_at_most(
    pools: tuple[TestPool, TestPool], tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    first, second = pools
    options = words_for(first.url, second.url, profile="jtgrassie")
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        wait_for_standby(run, second)
        mark = run.mark
        first.go_down()
        killed_at = time.monotonic()
        run.wait_event("job", since=mark, endpoint=label(second))
        took_s = time.monotonic() - killed_at
        measured(f"the standby is hashed for {took_s * 1000:.0f} ms after the primary was killed")
        assert took_s <= HASHED_S
        second.wait_for(lambda pool: pool.accepted >= 2, SHARE_S)
        frame = run.wait_frame(lambda frame: frame["session"]["endpoint"] == label(second))
        assert frame["session"]["failovers"] == 1 and frame["session"]["link"] == "ready"
        assert label(first) in frame["session"]["last_cause"]
        assert {each["state"] for each in run.of_kind("frame", mark)} == {"mining"}, run.story()
    assert run.summary["failovers"] == 1
    assert run.summary["rejected"] == 0 and run.summary["lost"] <= 1, run.summary
    assert first.violations == [] and second.violations == []


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_primary_that_falls_silent_is_left_within_its_deadline_and_gets_the_work_back(
    pools: tuple[TestPool, TestPool], tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    first, second = pools
    timers = SessionTimers()
    options = words_for(first.url, second.url, profile="jtgrassie")
    with mining(tmp_path, *options, self_test=self_tested_home) as run:
        wait_for_standby(run, second)
        mark = run.mark
        first.inject(FaultKind.HALF_OPEN)
        silent_at = time.monotonic()
        deadline_s = timers.answer_s + TWO_SHARES_S + ROUND_S
        run.wait_event("job", since=mark, endpoint=label(second), timeout_s=deadline_s)
        measured(f"a silent primary is left after {time.monotonic() - silent_at:.1f} s")
        run.wait_event("session", since=run.mark, link="ready", endpoint=label(first), timeout_s=BACK_S)
        took_s = time.monotonic() - silent_at
        measured(f"and gets the work back {took_s:.1f} s after it fell silent")
        before = first.accepted
        first.wait_for(lambda pool: pool.accepted >= before + 2, SHARE_S)
    assert run.summary["failovers"] == 2
    assert first.violations == [] and second.violations == []
