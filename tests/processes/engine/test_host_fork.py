"""The Host forks with one thread only: a fork copies one thread, and the locks of the others for ever."""

from __future__ import annotations

import os
import threading

import pytest

from mining.engine.host import Host
from tests.support.mine import MineRun


def test_a_fork_beside_another_thread_is_refused() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        with pytest.raises(AssertionError, match="threads at a fork"):
            Host.__new__(Host)._fork()
    finally:
        release.set()
        thread.join()


def test_host_verifier_and_workers_have_one_thread_each(light_miner: MineRun) -> None:
    names = ["host randomx", "verifier", *(f"core {row['core']}" for row in light_miner.frame["cores"])]
    assert {name: len(os.listdir(f"/proc/{light_miner.wait_pid(name)}/task")) for name in names} == dict.fromkeys(
        names, 1
    )
