"""Time and totals over several stretches of mining: what lies between a stop and the next start belongs to none."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import pytest

from mining.engine.alerts import AlertList
from mining.engine.crew import Crew
from mining.engine.dispatcher import DispatcherEvents
from mining.engine.plan import Plan
from mining.engine.supervisor import Identity, Supervisor
from mining.engine.supervisor.run import Run, StretchTotals
from mining.engine.supervisor.stretch import Stretch, StretchEvents

PLAN = Plan("offline", "XMR", "rx/0", (0,), duration_s=10.0)


class _Crew:
    """A Crew that has hashed since `first_hash_at`."""

    restarts = 2
    last_hash_at = 7.0

    def __init__(self, first_hash_at: float, hashes: int) -> None:
        self.first_hash_at = first_hash_at
        self.hashes = hashes
        self.is_stopped = False

    async def settle(self) -> bool:
        return True

    async def stop(self) -> None:
        self.is_stopped = True


def _stretch(first_hash_at: float, hashes: int = 100) -> Stretch:
    events = StretchEvents(
        dispatcher=DispatcherEvents(
            job=lambda job: None,
            share=lambda share, outcome, age: None,
            invalid=lambda core, sentence: None,
            preparing=lambda is_preparing: None,
        ),
        worker=lambda core, state, text, restarts: None,
        log=lambda level, sentence: None,
        failed=lambda error: None,
        source_refused=lambda error: None,
        source_changed=lambda facts: None,
    )
    home = Path("none")
    made = Stretch(PLAN, home, Run(), alerts=AlertList(), rate_hps=lambda: None, events=events)
    made.crew = cast(Crew, _Crew(first_hash_at, hashes))
    return made


def test_the_rate_of_a_run_is_that_of_its_stretches() -> None:
    run = Run()
    for hashes in (1000, 500):
        run.add(StretchTotals(seconds=10.0, hashes=hashes, restarts=1, expected_shares=0.5, generation=7))
    summary = run.summary()
    assert (summary["seconds"], summary["hashes"], summary["hashrate_hps"]) == (20.0, 1500, 75.0)
    assert (summary["restarts"], run.expected_shares, run.generation) == (2, 1.0, 7)


def test_a_stretch_without_a_dispatcher_keeps_the_generations_of_the_one_before() -> None:
    run = Run()
    run.add(StretchTotals(generation=7))
    run.add(StretchTotals())
    assert run.generation == 7, "a generation is never used again"


def test_a_stretch_counts_from_its_first_hash() -> None:
    assert _stretch(0.0, hashes=0).hashing_s(50.0) == 0.0
    assert _stretch(40.0).hashing_s(50.0) == 10.0


async def test_a_stretch_counts_to_its_drain() -> None:
    first_hash_at = time.monotonic() - 5.0
    stretch = _stretch(first_hash_at)
    await stretch.end()
    assert 5.0 <= stretch.totals.seconds <= time.monotonic() - first_hash_at
    assert stretch.hashing_s(time.monotonic() + 1000.0) == stretch.totals.seconds
    assert (stretch.totals.hashes, stretch.totals.restarts) == (100, 2)
    assert cast(_Crew, stretch.crew).is_stopped


@pytest.mark.parametrize(("here_s", "is_over"), [(0.5, False), (4.0, True)])
def test_the_duration_is_that_of_all_stretches_together(here_s: float, is_over: bool, tmp_path: Path) -> None:
    supervisor = Supervisor(PLAN, tmp_path, Identity("node", "epoch"))
    supervisor._run.add(StretchTotals(seconds=7.0))
    supervisor._stretch = _stretch(time.monotonic() - here_s)
    supervisor._round()
    assert supervisor._stop.is_set() is is_over
    assert (supervisor._run.reason == "the duration of 10 s is over") is is_over
