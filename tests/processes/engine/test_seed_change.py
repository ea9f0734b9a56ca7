"""A new seed while the workers are in the middle of a hash: nobody counts as failed, and hashing goes on soon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.daemon_thread import daemon_in_thread, solo_on
from tests.support.fake_monerod import FakeMonerod
from tests.support.mine import MineRun
from tests.support.process_facts import until

Mine = Callable[..., Any]
GAP_S = 3.0
CHANGES = 3
BESIDE_S, BUSY_BESIDE_S = 2.0, 10.0
"""Without a hash beside the time that the build takes, however slow a busy machine makes that; and where other tests
take the processors from the workers, whose first hashes then take seconds."""
FOUND_S = 120.0  # until our next block, by chance, and the first hashes under its seed
TOLD_GAP = re.compile(r"seed ready in ([\d.]+) s .*hashing paused for ([\d.]+) s")


@pytest.fixture
def daemon() -> Iterator[FakeMonerod]:
    """A scripted monerod whose seed a test can change."""
    with daemon_in_thread() as daemon:
        daemon.difficulty = 20
        yield daemon


def change_seed(run: MineRun, daemon: FakeMonerod, seed: str) -> dict[int, float]:
    """Have the block after the next one under another seed; return for each core the seconds without a hash.

    In light mode another process hashes after the change: its first hash is compared with the last one before.
    """
    cores = [row["core"] for row in run.frame["cores"]]
    with run.counters() as counters:
        old = {core: counters.worker(core) for core in cores}
        last, first = dict.fromkeys(cores, 0.0), dict.fromkeys(cores, 0.0)
        daemon.seed = seed  # of the template that follows our next block

        def all_hash_again() -> bool:
            for core in cores:
                if counters.worker(core) == old[core]:
                    last[core] = counters.last_hash_s(core)
                elif not first[core] and counters.last_hash_s(core) > last[core]:
                    first[core] = counters.last_hash_s(core)
            return all(first.values())

        until(all_hash_again, FOUND_S, lambda: f"every core hashes under the new seed; {run.story()}")
    return {core: first[core] - last[core] for core in cores}


def test_workers_in_the_middle_of_a_hash_survive_a_new_seed_in_light_mode(
    daemon: FakeMonerod, mine: Mine, measured: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    is_quiet = request.config.getoption("--soak")
    with mine(*solo_on(daemon), "--light") as run:
        run.wait_event("share", outcome="accepted", timeout_s=FOUND_S)
        for number in range(CHANGES):
            mark = run.mark
            gaps = change_seed(run, daemon, f"{number + 1:02x}" * 32)
            told = run.wait_for(lambda event: bool(TOLD_GAP.search(event.get("sentence", ""))), since=mark, what="gap")
            shown = ", ".join(f"core {core} {gap:.2f} s" for core, gap in gaps.items())
            measured(f"seed change {number + 1}: {told['sentence']}; without a hash: {shown}")
            built = TOLD_GAP.search(told["sentence"])
            assert built and max(gaps.values()) < float(built[1]) + (BESIDE_S if is_quiet else BUSY_BESIDE_S)
            assert max(gaps.values()) < GAP_S or not is_quiet
            run.wait_event("share", outcome="accepted", since=run.mark, timeout_s=FOUND_S)
        assert [event for event in run.of_kind("worker") if event["state"] == "failed"] == []
        assert all(row["errors"] == 0 for row in run.frame["cores"]), run.frame["cores"]
    assert run.summary["restarts"] == 0
    assert run.summary["lost"] == run.summary["rejected"] == 0
