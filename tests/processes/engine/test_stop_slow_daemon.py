"""A stop while the daemon still works on our block: an answer within the drain counts, one that never comes is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.daemon_thread import daemon_in_thread, solo_on
from tests.support.fake_monerod import FakeMonerod, Hang, Slow
from tests.support.mine import MineRun
from tests.support.process_facts import until

Mine = Callable[..., Any]
GONE_S, BUSY_GONE_S = 3.0, 10.0
"""How soon it is gone after a stop; and where other tests take the processors meanwhile."""
ANSWER_S = 1.0
BLOCK_S = 120.0  # from the start to the first block, by chance


@pytest.fixture
def gone_s(request: pytest.FixtureRequest) -> float:
    """The limit; with --soak nothing else runs."""
    return GONE_S if request.config.getoption("--soak") else BUSY_GONE_S


@pytest.fixture
def daemon() -> Iterator[FakeMonerod]:
    """A scripted monerod on whose blocks light mode works for about a second."""
    with daemon_in_thread() as daemon:
        daemon.difficulty = 20
        yield daemon


def stop_while_submitting(run: MineRun, daemon: FakeMonerod, gone_s: float) -> tuple[int, float]:
    """Stop the miner when a block has reached the daemon; return the mark of the stop, and the seconds it took."""
    until(lambda: "submit_block" in daemon.requests, BLOCK_S, lambda: f"a block is submitted; {run.story()}")
    mark, began = run.mark, time.monotonic()
    run.ask("stop")
    assert run.wait_end(gone_s) == 0, run.story()
    run.wait_gone(max(0.0, began + gone_s - time.monotonic()))
    return mark, time.monotonic() - began


def test_a_block_that_the_daemon_takes_during_the_drain_is_accepted(
    daemon: FakeMonerod, mine: Mine, measured: Callable[[str], None], gone_s: float
) -> None:
    daemon.script["submit_block"] = Slow(ANSWER_S)
    with mine(*solo_on(daemon), "--light") as run:
        mark, seconds = stop_while_submitting(run, daemon, gone_s)
    measured(f"gone {seconds:.2f} s after a stop while the daemon needed {ANSWER_S:g} s for a block")
    (accepted,) = [share for share in run.of_kind("share", since=mark) if share["outcome"] == "accepted"]
    assert daemon.chain[3] in accepted["detail"]
    assert accepted["rtt_ms"] >= 1000 * ANSWER_S
    assert (run.summary["accepted"], run.summary["lost"], run.summary["rejected"]) == (1, 0, 0)


@pytest.mark.soak
def test_a_block_that_the_daemon_never_answers_is_lost_and_the_miner_ends_in_time(
    daemon: FakeMonerod, mine: Mine, measured: Callable[[str], None], gone_s: float
) -> None:
    daemon.script["submit_block"] = Hang()
    with mine(*solo_on(daemon), "--light") as run:
        mark, seconds = stop_while_submitting(run, daemon, gone_s)
    measured(f"gone {seconds:.2f} s after a stop while the daemon did not answer")
    (lost,) = [share for share in run.of_kind("share", since=mark) if share["outcome"] == "lost"]
    assert lost["detail"], "a lost share comes with its reason"
    assert (run.summary["accepted"], run.summary["lost"], run.summary["rejected"]) == (0, 1, 0)
