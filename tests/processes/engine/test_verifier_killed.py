"""`kill -9` on the Verifier: what it was asked is asked again of its successor, and hashing does not stop."""

from __future__ import annotations

import os
import signal

from tests.support.mine import MineRun


def test_no_candidate_is_lost_with_a_killed_verifier(light_miner: MineRun) -> None:
    run = light_miner
    before = run.wait_frame(lambda frame: True)["candidates"]  # other tests may have cut a re-hash off
    with run.counters() as counters:
        cores = [row["core"] for row in run.frame["cores"]]
        workers = {core: counters.worker(core) for core in cores}
        for _ in range(3):
            verifier = run.wait_pid("verifier")
            os.kill(verifier, signal.SIGKILL)
            run.wait_pid("verifier", other_than=verifier)
            run.wait_event("share", since=run.mark, outcome="accepted")
        assert {core: counters.worker(core) for core in cores} == workers, "the workers went on"
    assert run.wait_frame(lambda frame: True)["candidates"] == before
