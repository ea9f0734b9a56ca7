"""What a worker reports: each candidate with the job and nonce it was computed for, counters exact, settled last."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.boards import BoardJob, Command, Counter, WorkBoard, WorkerState
from mining.engine.jobs import target_from_difficulty
from mining.engine.worker import WorkerExit
from tests.unit.engine.worker_bench import EPOCH, OFFSET, WorkerBench, blob_of, hash_of


@pytest.fixture
def bench() -> Iterator[WorkerBench]:
    """A worker that is told to run."""
    made = WorkerBench()
    made.command(Command.RUN)
    yield made
    made.close()


def _meets(result: bytes, difficulty: int) -> bool:
    return int.from_bytes(result, "little") <= target_from_difficulty(difficulty)


def test_every_hash_that_meets_the_target_is_reported_once(bench: WorkerBench) -> None:
    bench.give(1, 0, 200)
    bench.run()
    expected = [(1, n, hash_of(blob_of(1, n))) for n in range(200) if _meets(hash_of(blob_of(1, n)), 3)]
    assert bench.candidates() == expected and len(expected) > 20
    assert bench.counter(Counter.CANDIDATES) == len(expected)


@settings(max_examples=50, deadline=None)
@given(changes=st.lists(st.integers(1, 12), min_size=1, max_size=6), kill_at=st.lists(st.integers(1, 99), max_size=4))
def test_a_candidate_carries_the_job_and_nonce_it_was_computed_for_across_job_changes(
    changes: list[int], kill_at: list[int]
) -> None:
    bench = WorkerBench(difficulty=1, kill_at=kill_at)
    bench.command(Command.RUN)
    due, total = [], 0
    for step in changes:
        total += step
        due.append(total)

    def change_job() -> None:
        if due and len(bench.started) >= due[0]:
            due.pop(0)
            bench.give(1 + len(changes) - len(due), 0, 20)

    bench.give(1, 0, 100)
    bench.on_hash = change_job
    bench.run()
    reported = bench.candidates()
    assert len({(generation, nonce) for generation, nonce, _ in reported}) == len(reported)
    assert all(result == hash_of(blob_of(generation, nonce)) for generation, nonce, result in reported)
    if not kill_at:
        assert [(generation, nonce) for generation, nonce, _ in reported] == bench.started
    bench.close()


def test_the_hash_in_flight_at_a_job_change_is_judged_by_its_own_target(bench: WorkerBench) -> None:
    """The old job is easy, the new one impossible: the pipeline's last old hash still counts."""

    def change_job() -> None:
        if len(bench.started) == 4:
            bench.difficulty = 1 << 255
            bench.give(2, 0, 6)

    bench.difficulty = 1
    bench.give(1, 0, 100)
    bench.on_hash = change_job
    bench.run()
    assert [(generation, nonce) for generation, nonce, _ in bench.candidates()] == [(1, 0), (1, 1), (1, 2), (1, 3)]
    assert bench.counter(Counter.HASHES) == 10


@pytest.mark.parametrize("is_v2", [False, True])
def test_counters_are_exact(is_v2: bool) -> None:
    bench = WorkerBench(is_v2=is_v2)
    bench.command(Command.RUN)
    bench.give(1, 0, 77)
    bench.run()
    check = 0
    for result in bench.finished:
        check ^= int.from_bytes(result[24:], "little")
    assert bench.counter(Counter.XOR) == check
    assert bench.counter(Counter.HASHES) == 77 == len(bench.finished)
    assert bench.counter(Counter.CPU_NS) == 77 * bench.hash_ns
    assert bench.counter(Counter.LAST_HASH_NS) <= bench.clock.now_ns
    assert [result for _, _, result in bench.candidates()] == [r for r in bench.finished if _meets(r, 3)]
    bench.close()


def test_counters_go_on_where_the_dead_worker_left_them() -> None:
    bench = WorkerBench(kill_at=[40])
    bench.command(Command.RUN)
    bench.give(1, 0, 30)
    bench.run()
    assert bench.killer.kills == 1 and 27 <= bench.counter(Counter.HASHES) <= 30
    bench.close()


@pytest.mark.parametrize("after", [1, 2, 7])
def test_settled_repeats_the_command_only_after_the_last_hash_is_counted(bench: WorkerBench, after: int) -> None:
    words: list[int] = []

    def park() -> None:
        if len(bench.started) == after and not words:
            words.append(bench.command(Command.PARK))

    bench.give(1, 0, 100)
    bench.on_hash = park
    bench.on_sleep = lambda: words.append(bench.command(Command.EXIT))
    bench.run()
    assert [word for word, _, _ in bench.settled] == words
    assert all(is_flushed and hashes == after for _, is_flushed, hashes in bench.settled)
    assert bench.counter(Counter.SETTLED) == words[-1] and bench.exits == [WorkerExit.DONE]


def test_a_parked_worker_beats_and_goes_on_with_the_next_nonce(bench: WorkerBench) -> None:
    beats: list[int] = []

    def resume() -> None:
        if bench.counter(Counter.STATE) == WorkerState.PARKED:
            beats.append(bench.counter(Counter.BEAT_NS))
            if len(beats) == 5:
                bench.command(Command.RUN)
            return
        bench.exit_when_idle()

    def park() -> None:
        if len(bench.started) == 3 and not beats:
            bench.command(Command.PARK)

    bench.give(1, 0, 10)
    bench.on_hash, bench.on_sleep = park, resume
    bench.run()
    assert beats == sorted(beats) and len(set(beats)) == 5
    assert [nonce for _, nonce in bench.started] == list(range(10))


def test_intensity_zero_parks_and_any_other_goes_on(bench: WorkerBench) -> None:
    def change() -> None:
        if len(bench.started) == 2:
            bench.crew.work.write_intensity(0, 0)

    def resume() -> None:
        if bench.counter(Counter.STATE) == WorkerState.PARKED:
            assert bench.counter(Counter.HASHES) == 2
            bench.crew.work.write_intensity(0, 100)
        else:
            bench.exit_when_idle()

    bench.give(1, 0, 8)
    bench.on_hash, bench.on_sleep = change, resume
    bench.run()
    assert bench.counter(Counter.HASHES) == 8


@pytest.mark.parametrize(
    "job",
    [
        BoardJob(5, 0, EPOCH, b"", 0, 4, 0),
        BoardJob(5, 2, EPOCH, blob_of(5), OFFSET, 4, 1 << 255),
    ],
    ids=["empty", "other algorithm"],
)
def test_a_job_that_is_not_for_this_worker_is_waited_out(bench: WorkerBench, job: BoardJob) -> None:
    bench.crew.publish(job)
    waits = 0

    def next_job() -> None:
        nonlocal waits
        waits += 1
        if waits == 3:
            assert bench.counter(Counter.STATE) == WorkerState.PARKED and bench.started == []
            bench.give(6, 0, 4)
        elif waits > 3:
            bench.exit_when_idle()

    bench.on_sleep = next_job
    bench.run()
    assert bench.started == [(6, nonce) for nonce in range(4)]


def test_a_torn_job_is_read_again_and_not_hashed(bench: WorkerBench) -> None:
    work = bench.crew.work
    bench.give(1, 0, 6)
    work.words[2] += 1
    looks = 0

    def read_job() -> BoardJob | None:
        nonlocal looks
        looks += 1
        if looks == 3:
            assert bench.started == []
            work.words[2] += 1
        return WorkBoard.read_job(work)

    with patch.object(work, "read_job", read_job):
        bench.run()
    assert looks == 3 and bench.started == [(1, nonce) for nonce in range(6)]


@pytest.mark.parametrize("percent", [10, 25, 50, 75])
def test_a_worker_uses_the_share_of_time_it_is_given(percent: int) -> None:
    bench = WorkerBench(hash_ns=7_000_000)
    bench.command(Command.RUN)
    bench.crew.work.write_intensity(0, percent)
    bench.give(1, 0, 20_000_000 * percent // 7_000_000, chunk=1000)
    began = bench.clock.now_ns
    bench.on_sleep = lambda: None if bench.counter(Counter.STATE) == WorkerState.SLEEPING else bench.exit_when_idle()
    bench.run()
    assert abs(bench.clock.cpu_ns / (bench.clock.now_ns - began) * 100 - percent) < 2
    bench.close()


def test_an_order_is_followed_in_the_middle_of_a_rest() -> None:
    bench = WorkerBench(hash_ns=100_000_000)
    bench.command(Command.RUN)
    bench.crew.work.write_intensity(0, 10)
    bench.give(1, 0, 1000)
    bench.on_sleep = lambda: (None, bench.command(Command.EXIT))[0]
    bench.run()
    assert len(bench.started) == 2 == bench.counter(Counter.HASHES)
    bench.close()
