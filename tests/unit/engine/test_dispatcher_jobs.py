"""The dispatcher and jobs: leases before the job, nothing in between seeds, a fresh job asked for once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mining.engine.boards import BoardJob, Counter, Lease
from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import target_from_difficulty
from tests.unit.engine.dispatch_bench import OTHER_SEED, SEED, DispatchBench, make_job
from tests.unit.engine.fake_crew import FakeCrew


@pytest.fixture
async def bench(crew: FakeCrew) -> DispatchBench:
    """Nothing received yet."""
    return DispatchBench(crew)


async def test_the_first_job_is_published_when_its_seed_is_ready(bench: DispatchBench) -> None:
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("one"))
    await bench.until(lambda: bench.crew.seeds == [SEED])
    assert bench.crew.published == [] and bench.dispatcher.current is None and bench.preparing == [True]
    bench.crew.gate.set()
    await bench.until(lambda: bench.jobs == ["one"])
    await bench.until(lambda: bench.preparing == [True, False])
    assert bench.dispatcher.current is not None and bench.dispatcher.current.job.job_id == "one"


async def test_a_published_job_carries_all_that_a_worker_needs(bench: DispatchBench) -> None:
    await bench.mine(make_job("one", difficulty=77))
    job = bench.crew.published[0]
    assert job == BoardJob(1, 1, 1, b"one".ljust(76, b"."), 39, 4, target_from_difficulty(77))


async def test_leases_of_a_generation_stand_before_it_is_published(bench: DispatchBench) -> None:
    seen: list[Lease | None] = []
    publish = bench.crew.publish

    def watching(job: BoardJob) -> None:
        seen.extend(bench.crew.work.read_lease(slot, 0) for slot in (0, 1))
        publish(job)

    bench.crew.publish = watching  # type: ignore[method-assign]
    await bench.mine(make_job("one"))
    assert seen == [Lease(1, 0, 0, 65536), Lease(1, 0, 131072, 196608)]


async def test_every_job_is_a_generation_of_its_own_that_is_never_used_again(bench: DispatchBench) -> None:
    await bench.mine(make_job("one"), make_job("two"), make_job("three", seed=OTHER_SEED), make_job("four"))
    generations = [job.generation for job in bench.crew.published]
    assert generations == sorted(set(generations))


async def test_a_new_seed_takes_the_work_away_and_publishes_nothing_until_the_memory_is_ready(
    bench: DispatchBench,
) -> None:
    await bench.mine(make_job("old"))
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("new", seed=OTHER_SEED))
    await bench.until(lambda: bench.crew.seeds == [SEED, OTHER_SEED])
    bench.dispatcher.top_up()
    assert bench.blobs() == [b"old", b""] and bench.dispatcher.current is None
    bench.crew.gate.set()
    await bench.until(lambda: bench.jobs[-1] == "new")
    assert bench.blobs() == [b"old", b"", b"new"]
    assert bench.crew.published[-1].epoch == 2


async def test_of_jobs_that_came_during_a_rebuild_only_the_newest_is_published(bench: DispatchBench) -> None:
    bench.crew.gate.clear()
    for name in ("one", "two", "three"):
        bench.dispatcher.job_received(make_job(name))
        await asyncio.sleep(0)
    bench.crew.gate.set()
    await bench.until(lambda: bool(bench.jobs))
    assert bench.blobs() == [b"three"] and bench.crew.seeds == [SEED]


async def test_a_seed_that_changes_during_a_rebuild_is_rebuilt_again(bench: DispatchBench) -> None:
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("one"))
    await bench.until(lambda: bench.crew.seeds == [SEED])
    bench.dispatcher.job_received(make_job("two", seed=OTHER_SEED))
    bench.crew.gate.set()
    await bench.until(lambda: bench.jobs == ["two"])
    assert bench.crew.seeds == [SEED, OTHER_SEED] and bench.blobs() == [b"two"]
    await bench.until(lambda: bench.preparing == [True, False])


async def test_work_that_was_invalidated_during_a_rebuild_is_not_published_after_it(bench: DispatchBench) -> None:
    bench.crew.gate.clear()
    bench.dispatcher.job_received(make_job("one"))
    await bench.until(lambda: bench.crew.seeds == [SEED])
    bench.dispatcher.invalidate()
    bench.crew.gate.set()
    await bench.until(lambda: bench.preparing == [True, False])
    assert bench.crew.published == [] and bench.dispatcher.current is None
    await bench.mine(make_job("two"))
    assert bench.blobs() == [b"two"]


async def test_invalidated_work_parks_the_cores_until_the_next_job(bench: DispatchBench) -> None:
    await bench.mine(make_job("one"))
    bench.dispatcher.invalidate()
    bench.dispatcher.invalidate()
    assert bench.blobs() == [b"one", b""] and bench.dispatcher.current is None
    await bench.mine(make_job("two"))
    assert bench.blobs() == [b"one", b"", b"two"] and bench.crew.seeds == [SEED]


async def test_a_used_up_nonce_space_asks_once_for_a_fresh_job(bench: DispatchBench) -> None:
    await bench.mine(make_job("small", nonce_count=3))
    for _ in range(5):
        bench.dispatcher.top_up()
    assert bench.source.fresh_asked == 1
    await bench.mine(make_job("fresh", nonce_count=3))
    for _ in range(5):
        bench.dispatcher.top_up()
    assert bench.source.fresh_asked == 2


async def test_a_large_nonce_space_asks_for_nothing(bench: DispatchBench) -> None:
    await bench.mine(make_job("large"))
    bench.dispatcher.top_up()
    assert bench.source.fresh_asked == 0


async def test_a_core_that_works_on_its_last_lease_gets_the_next(bench: DispatchBench) -> None:
    await bench.mine(make_job("one"))
    row = bench.crew.counters.row(0)
    row[Counter.LEASE], row[Counter.GENERATION] = 1, 1
    row.release()
    bench.dispatcher.top_up()
    assert bench.crew.work.read_lease(0, 2) == Lease(1, 2, 4 * 65536, 5 * 65536)


async def test_expected_shares_are_hashes_over_the_difficulty_they_were_made_at(bench: DispatchBench) -> None:
    row = bench.crew.counters.row(0)
    row[Counter.HASHES] = 1000
    await bench.mine(make_job("one", difficulty=100))
    row[Counter.HASHES] += 500
    await bench.mine(make_job("two", difficulty=10))
    row[Counter.HASHES] += 20
    row.release()
    bench.dispatcher.count_expected()
    bench.dispatcher.count_expected()
    assert bench.dispatcher.expected_shares == pytest.approx(500 / 100 + 20 / 10)


def test_a_nonce_stands_little_endian_in_its_place() -> None:
    job = make_job("one")
    blob = with_nonce(job, 0x01020304)
    assert blob[39:43] == b"\x04\x03\x02\x01" and len(blob) == 76
    assert blob[:39] == job.blob[:39] and blob[43:] == job.blob[43:]


async def test_a_job_of_another_source_with_the_same_name_has_all_its_nonces(bench: DispatchBench) -> None:
    mined = replace(make_job("A"), session=1, job_id="1")
    await bench.mine(mined)
    bench.dispatcher.source_changed()
    other = replace(make_job("B"), session=1, job_id="1")  # each source counts its sessions from one
    bench.dispatcher.job_received(other)
    newest = bench.crew.published[-1].generation
    assert bench.crew.work.read_lease(0, 0) == Lease(newest, 0, 0, 65536)
    bench.dispatcher.job_received(replace(mined, session=7))
    lease = bench.crew.work.read_lease(0, 0)
    assert lease is not None and lease.start > 0, "the same bytes are never hashed twice, whoever gave them"
