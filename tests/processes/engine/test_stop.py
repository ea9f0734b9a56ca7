"""Each way to end a run: what was found is submitted, everything is gone quickly, and the summary is the last line."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.mine import START_S, MineRun
from tests.support.process_facts import huge_pages_in_use, until

Mine = Callable[..., Any]
GONE_S = 3.0


WAYS: dict[str, Callable[[MineRun], object]] = {
    "ctrl_c": lambda run: run.interrupt(signal.SIGINT),
    "sigterm": lambda run: run.process.send_signal(signal.SIGTERM),
    "hang_up": lambda run: run.process.send_signal(signal.SIGHUP),
    "control_stop": lambda run: run.ask("stop", reason="stopped by ./manage.sh stop"),
}
REASONS = {"ctrl_c": "Ctrl-C", "sigterm": "SIGTERM", "hang_up": "terminal", "control_stop": "./manage.sh stop"}


# The other two take the way of Ctrl-C: they are tried with --soak.
TRIED = ["ctrl_c", "control_stop", *(pytest.param(way, marks=pytest.mark.soak) for way in ("sigterm", "hang_up"))]


@pytest.mark.parametrize("way", TRIED)
def test_a_stop_submits_what_was_found_and_leaves_nothing(
    way: str, mine: Mine, measured: Callable[[str], None]
) -> None:
    pages = huge_pages_in_use()
    with mine("--light", "--difficulty", "4") as run:
        run.wait_event("share", timeout_s=START_S)
        began = time.monotonic()
        WAYS[way](run)
        assert run.wait_end(GONE_S) == 0, run.story()
        run.wait_gone(max(0.0, began + GONE_S - time.monotonic()))
        until(lambda: huge_pages_in_use() <= pages, max(0.0, began + GONE_S - time.monotonic()), "huge pages are free")
        measured(f"gone {time.monotonic() - began:.2f} s after {way}")
        summary = run.summary
        assert REASONS[way] in summary["reason"], summary
        assert summary["found"] > 0
        assert summary["accepted"] == summary["found"], "offline, each share that was found is accepted"
        assert run.errors == ""


def test_a_second_ctrl_c_ends_at_once_with_130(mine: Mine) -> None:
    with mine("--light") as run:
        run.wait_mining()
        run.was_cut_off = True
        os.kill(run.pid_titled("supervisor"), signal.SIGSTOP)  # a drain that does not come to an end
        run.interrupt()
        until(lambda: not is_pending(run.process.pid, signal.SIGINT), 30.0, "the first signal was taken")
        run.interrupt()
        assert run.wait_end(GONE_S) == 130, run.story()
        run.wait_gone(1.0)
        assert run.errors == ""


def is_pending(pid: int, number: int) -> bool:
    """Whether a signal waits to be delivered to the process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


def test_a_run_of_a_given_duration_ends_by_itself(mine: Mine) -> None:
    with mine("--light", "--duration", "2", "--difficulty", "4") as run:
        assert run.wait_end(START_S) == 0, run.story()
        assert 2.0 <= run.summary["seconds"] < 10.0  # with the last hash of a worker that waits for its turn
        assert "duration" in run.summary["reason"]


@pytest.mark.soak
def test_a_run_of_a_number_of_shares_ends_by_itself(mine: Mine) -> None:
    with mine("--light", "--shares", "3", "--difficulty", "4") as run:
        assert run.wait_end(START_S) == 0, run.story()
        assert run.summary["accepted"] >= 3
        assert "3 shares" in run.summary["reason"]
