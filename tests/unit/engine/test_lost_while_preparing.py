"""Jobs while memory is being built, or while mining ends: what is not worth hashing any more is not given out after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from mining.engine.plan import Plan
from mining.engine.supervisor import Identity, Supervisor
from mining.engine.supervisor.stretch import Stretch
from tests.unit.engine.dispatch_bench import OTHER_SEED, DispatchBench, make_job
from tests.unit.engine.fake_crew import FakeCrew, agreeing


class _Stretch:
    """As much of a stretch as a lost link needs."""

    def __init__(self, bench: DispatchBench) -> None:
        self.dispatcher = bench.dispatcher


@pytest.fixture
async def bench(crew: FakeCrew) -> DispatchBench:
    """Nothing received yet."""
    return DispatchBench(crew)


async def test_a_job_whose_session_was_lost_while_the_memory_was_built_is_not_given_out(
    bench: DispatchBench, tmp_path: Path
) -> None:
    supervisor = Supervisor(Plan("offline", "XMR", "rx/0", (0,)), tmp_path, Identity("node", "epoch"))
    supervisor._stretch = cast(Stretch, _Stretch(bench))
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("of a lost session"))
    await bench.until(lambda: bench.preparing == [True])
    supervisor.ear.jobs_invalidated("the session ended")
    bench.crew.gate.set()
    await bench.until(lambda: bench.preparing == [True, False])
    assert bench.jobs == [] and bench.dispatcher.current is None


async def test_no_memory_is_built_for_a_job_that_comes_during_the_drain(bench: DispatchBench) -> None:
    await bench.mine(make_job("one"))
    bench.crew.verifier.judge = agreeing
    bench.source.answer = lambda share: None
    bench.find(1)
    await bench.until(lambda: bench.tally.in_flight == 1)
    draining = asyncio.create_task(bench.dispatcher.drain(0.1))
    await asyncio.sleep(0)
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("too late", seed=OTHER_SEED))
    bench.dispatcher.rebuild()
    await draining
    assert bench.preparing == [True, False] and bench.crew.seeds == [bytes(32)]
    assert bench.jobs == ["one"]
