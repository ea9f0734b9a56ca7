"""More candidates than can be checked, because a pool asks for next to nothing: bounded memory, and said once."""

from __future__ import annotations

import os

from mining.engine import dispatcher as dispatcher_module
from mining.engine.crew.pipes import CandidatePipes
from mining.engine.crew.slots import Slot
from mining.engine.dispatcher import Dispatcher, DispatcherEvents
from mining.engine.worker import CANDIDATE
from tests.unit.engine.dispatch_bench import DispatchBench, make_job
from tests.unit.engine.fake_crew import FakeCrew, agreeing

MOST = dispatcher_module._MOST_WAITING


async def test_candidates_beyond_a_bound_are_counted_and_not_kept(crew: FakeCrew) -> None:
    bench, told = DispatchBench(crew), list[str]()
    events = DispatcherEvents(
        job=lambda job: bench.jobs.append(job.job_id),
        share=lambda share, outcome, age: bench.outcomes.append((share, outcome, age)),
        invalid=lambda core, sentence: None,
        preparing=lambda is_preparing: None,
        overrun=told.append,
    )
    bench.dispatcher = Dispatcher(crew.as_crew(), bench.source, bench.tally, events)
    await bench.mine(make_job("too easy", difficulty=1))
    for nonce in range(MOST + 100):
        bench.find(nonce)
    assert (bench.tally.candidates, bench.tally.checking, bench.tally.stale_before_check) == (MOST + 100, MOST, 100)
    assert len(told) == 1 and "difficulty of 1 hashes a share is too low" in told[0]
    crew.verifier.judge = agreeing
    await bench.until(lambda: bench.tally.accepted == MOST)
    assert bench.tally.broken_laws() == []


async def test_a_worker_that_writes_faster_than_is_read_does_not_hold_up_the_event_loop() -> None:
    read: list[int] = []
    ends: list[int] = []

    def candidate(core: int, generation: int, nonce: int, result: bytes, found_at: float) -> None:
        read.append(nonce)
        assert len(read) < 100_000, "the loop never gets its turn"
        os.write(ends[0], CANDIDATE.pack(0, 1, nonce + 1, bytes(32), 0))

    pipes, slot = CandidatePipes(candidate), Slot(0, 0)
    ends.append(pipes.open(slot))
    os.write(ends[0], CANDIDATE.pack(0, 1, 0, bytes(32), 0))
    try:
        pipes.drain(slot)
    finally:
        pipes.close()
    assert read == list(range(len(read))) and len(read) >= 32


async def test_a_full_pipe_is_read_to_its_end_at_once() -> None:
    read: list[int] = []
    pipes, slot = CandidatePipes(lambda core, generation, nonce, result, at: read.append(nonce)), Slot(0, 0)
    end = pipes.open(slot)
    os.set_blocking(end, False)
    try:
        written = 0
        while True:
            try:
                os.write(end, CANDIDATE.pack(0, 1, written, bytes(32), 0))
            except BlockingIOError:
                break
            written += 1
        pipes.drain(slot)
        assert read == list(range(written))
    finally:
        pipes.close()
