"""`kill -9` on the Host: its dataset outlives it, so hashing goes on soon; what was found is kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.support.mine import WAIT_S, MineRun
from tests.support.process_facts import until, zombies_under

HOST = "host randomx"


def kill_host(run: MineRun, timeout_s: float) -> float:
    """Kill the Host and return the seconds until every core has finished a hash under a new one."""
    host = run.pid_titled(HOST)
    assert host, run.story()
    cores = [row["core"] for row in run.frame["cores"]]
    with run.counters() as counters:
        old = {core: counters.worker(core) for core in cores}
        began = time.monotonic()
        os.kill(host, signal.SIGKILL)
        until(
            lambda: all(counters.worker(c) != old[c] and counters.last_hash_s(c) > began for c in cores),
            timeout_s,
            lambda: f"all cores hash under a new Host; {run.story()}",
        )
        seconds = max(counters.last_hash_s(core) for core in cores) - began
    assert run.wait_pid(HOST, other_than=host)
    return seconds


def check_after(run: MineRun, mark: int, found: int) -> None:
    """Hold that shares found before stay found, and new ones are checked and accepted."""
    run.wait_event("share", since=run.mark, outcome="accepted")
    frame = run.wait_frame(lambda frame: frame["shares"]["found"] > found)
    assert frame["candidates"]["invalid"] == 0
    assert frame["shares"]["lost"] == 0
    assert all(row["errors"] == 0 for row in frame["cores"])
    until(lambda: not zombies_under(process.pid for process in run.processes()), 30, "no zombie is left")


def test_a_light_miner_recovers_from_a_killed_host(light_miner: MineRun, measured: Callable[[str], None]) -> None:
    mark, found = light_miner.mark, light_miner.frame["shares"]["found"]
    seconds = kill_host(light_miner, WAIT_S)
    check_after(light_miner, mark, found)
    measured(f"hashing again after {seconds:.2f} s (light: the cache is computed anew)")


def test_a_fast_miner_recovers_from_a_killed_host_without_a_rebuild(
    fast_miner: MineRun, measured: Callable[[str], None]
) -> None:
    mark, frame = fast_miner.mark, fast_miner.frame
    assert frame["memory"]["huge_pages"]["kind"] != "thp", "private memory: it dies with the Host"
    seconds = kill_host(fast_miner, WAIT_S)
    check_after(fast_miner, mark, frame["shares"]["found"])
    assert fast_miner.frame["memory"]["dataset_s"] == frame["memory"]["dataset_s"]
    assert "preparing" not in {frame["state"] for frame in fast_miner.of_kind("frame", mark)}
    measured(f"hashing again after {seconds:.2f} s (fast: the dataset was kept)")


@pytest.mark.soak
def test_five_killed_hosts_are_each_replaced_within_two_seconds(
    fast_miner: MineRun, measured: Callable[[str], None]
) -> None:
    seconds = []
    for _ in range(5):
        seconds.append(kill_host(fast_miner, 15.0))
        fast_miner.wait_event("share", since=fast_miner.mark, outcome="accepted", timeout_s=20)
    measured(f"hashing again after {', '.join(f'{value:.2f}' for value in seconds)} s")
    assert max(seconds) <= 2.0
