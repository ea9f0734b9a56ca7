"""`kill -9` on Core workers: each is back at once, over the same memory, and nothing is hashed twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from statistics import median

import pytest

from tests.support.counter_view import CounterView
from tests.support.mine import MineRun
from tests.support.process_facts import until

KILLS = 8
BACK_S = 30.0  # generous: other tests and builds may share the machine; --soak holds the figure of the product


def kill_and_wait(run: MineRun, counters: CounterView, core: int, timeout_s: float) -> float:
    """Kill the worker of `core` and return the seconds until its successor has finished a hash."""
    pid = run.pid_titled(f"core {core}")
    assert pid, run.story()
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()  # not before: a hash that the dying worker finished is not its successor's
    until(
        lambda: counters.worker(core) != pid and counters.last_hash_s(core) > began,
        timeout_s,
        lambda: f"core {core} hashes again; {run.story()}",
    )
    return counters.last_hash_s(core) - began


def wait_until(moment: float) -> None:
    """Wait for a moment of monotonic time."""
    until(lambda: time.monotonic() >= moment, 1.0, "the random moment")


def kill_many(run: MineRun, kills: int, timeout_s: float) -> list[float]:
    """Kill workers one after the other at random moments; returns the seconds that each was away."""
    rng = random.Random(kills)
    cores = [row["core"] for row in run.frame["cores"]]
    seconds = []
    with run.counters() as counters:
        for number in range(kills):
            wait_until(time.monotonic() + rng.uniform(0.0, 0.3))
            seconds.append(kill_and_wait(run, counters, cores[number % len(cores)], timeout_s))
    return seconds


def check_kept(run: MineRun, mark: int, before: dict[str, object], kills: int) -> None:
    """Hold that the memory stayed, every restart is counted, and no core is blamed."""
    frame = run.wait_frame(lambda frame: frame["memory"]["workers_restarted"] >= int(str(before["restarts"])) + kills)
    assert frame["memory"]["workers_restarted"] == int(str(before["restarts"])) + kills
    assert frame["memory"]["dataset_s"] == before["dataset_s"], "the memory was built anew"
    assert {row["state"] for row in frame["cores"]} <= {"hashing", "starting"}
    assert all(row["errors"] == 0 for row in frame["cores"])
    states = {frame["state"] for frame in run.of_kind("frame", mark)}
    assert states <= {"mining", "paused"}, f"it was not just mining: {states}"


def facts(run: MineRun) -> dict[str, object]:
    """What must not change."""
    memory = run.frame["memory"]
    return {"restarts": memory["workers_restarted"], "dataset_s": memory["dataset_s"]}


def test_killed_workers_of_a_light_miner_hash_again(light_miner: MineRun, measured: Callable[[str], None]) -> None:
    mark, before = light_miner.mark, facts(light_miner)
    seconds = kill_many(light_miner, KILLS, BACK_S)
    check_kept(light_miner, mark, before, KILLS)
    light_miner.wait_event("share", since=light_miner.mark)
    measured(f"back after {median(seconds) * 1000:.0f} ms (median), {max(seconds) * 1000:.0f} ms (worst of {KILLS})")


def test_killed_workers_of_a_fast_miner_hash_again_without_a_rebuild(
    fast_miner: MineRun, measured: Callable[[str], None]
) -> None:
    mark, before = fast_miner.mark, facts(fast_miner)
    seconds = kill_many(fast_miner, KILLS, BACK_S)
    check_kept(fast_miner, mark, before, KILLS)
    fast_miner.wait_event("share", since=fast_miner.mark)
    measured(f"back after {median(seconds) * 1000:.0f} ms (median), {max(seconds) * 1000:.0f} ms (worst of {KILLS})")


@pytest.mark.soak
def test_fifty_kills_in_a_row_are_each_mended_within_a_fifth_of_a_second(
    fast_miner: MineRun, measured: Callable[[str], None]
) -> None:
    mark, before = fast_miner.mark, facts(fast_miner)
    seconds = kill_many(fast_miner, 50, 2.0)
    check_kept(fast_miner, mark, before, 50)
    measured(f"back after {median(seconds) * 1000:.0f} ms (median), {max(seconds) * 1000:.0f} ms (worst of 50)")
    assert max(seconds) <= 0.2
