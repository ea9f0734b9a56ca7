"""`kill -9` on the Supervisor: its tree goes with it, the runner starts it again, and one summary covers both."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.mine import START_S, MineRun
from tests.support.process_facts import is_running, until, zombies_under

Mine = Callable[..., Any]
OVERCOMMIT = Path("/proc/sys/vm/nr_overcommit_hugepages")


def overcommit() -> str:
    """The kernel's number, which a run may raise and must take back."""
    return OVERCOMMIT.read_text() if OVERCOMMIT.exists() else ""


def test_a_killed_supervisor_leaves_no_orphan_and_is_started_again(mine: Mine, measured: Callable[[str], None]) -> None:
    number = overcommit()
    with mine("--light", "--difficulty", "6") as run:
        run.wait_event("share", timeout_s=START_S)
        first = run.wait_frame(lambda frame: frame["shares"]["found"] > 0)
        supervisor = run.pid_titled("supervisor")
        tree = [process.pid for process in run.processes() if process.pid not in (supervisor, run.process.pid)]
        assert len(tree) >= 3, run.titles()
        mark, began = run.mark, time.monotonic()
        os.kill(supervisor, signal.SIGKILL)
        until(lambda: not any(is_running(pid) for pid in tree), 10.0, lambda: f"orphans: {run.processes()}")
        orphans_s = time.monotonic() - began
        wait_mining_again(run, mark)
        measured(f"no orphan after {orphans_s:.2f} s, mining again after {time.monotonic() - began:.2f} s")
        assert run.wait_event("start", since=mark)["epoch"] != first["epoch"]
        until(lambda: not zombies_under([run.process.pid]), 30.0, "the runner has collected its dead")
        summary = run.stop()
        assert summary["supervisor_restarts"] == 1
        assert summary["hashes"] >= sum(row["hashes"] for row in first["cores"]), "the hashes of both are counted"
        assert summary["found"] > first["shares"]["found"]
    until(lambda: overcommit() == number, 3.0, f"nr_overcommit_hugepages is back at {number}")


def wait_mining_again(run: MineRun, mark: int) -> None:
    """Wait for a share of the new Supervisor and for its word that it mines."""
    run.wait_event("start", since=mark, timeout_s=START_S)  # what the one before had found may be told after `mark`
    run.wait_event("share", since=run.mark, outcome="accepted", timeout_s=START_S)
    run.wait_frame(lambda frame: frame["state"] == "mining")


@pytest.mark.soak
def test_a_supervisor_that_is_killed_while_it_prepares_is_started_again(mine: Mine) -> None:
    with mine("--light", "--difficulty", "6") as run:
        supervisor = run.wait_pid("supervisor")
        mark = run.mark
        os.kill(supervisor, signal.SIGKILL)
        wait_mining_again(run, mark)
