"""The worker of Scrypt: every nonce once, exact counts, exact candidates, and the same orders as every worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.boards import BoardJob, Command, Counter, WorkerState
from mining.engine.jobs import target_from_difficulty
from mining.engine.worker import WorkerExit
from tests.unit.engine.scrypt_bench import SCRYPT, ScryptBench, hash_of, header_of
from tests.unit.engine.worker_bench import EPOCH


@contextmanager
def _bench(**options: Any) -> Iterator[ScryptBench]:
    bench = ScryptBench(**options)
    bench.command(Command.RUN)
    try:
        yield bench
    finally:
        bench.close()


@pytest.fixture
def bench() -> Iterator[ScryptBench]:
    """A worker that is told to run."""
    with _bench() as made:
        yield made


def _meets(result: bytes, difficulty: int = 3) -> bool:
    return int.from_bytes(result, "little") <= target_from_difficulty(difficulty)


def _steps_of_one_run(count: int, chunk: int) -> int:
    with _bench() as bench:
        bench.give(1, 0, count, chunk)
        bench.run()
        return bench.killer.steps


# --- nonces -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(first=st.integers(0, (1 << 32) - 100), count=st.integers(1, 100), chunk=st.integers(1, 30))
def test_every_nonce_of_the_leases_is_hashed_exactly_once(first: int, count: int, chunk: int) -> None:
    with _bench() as bench:
        bench.give(1, first, count, chunk)
        bench.run()
        assert bench.started == [(1, nonce) for nonce in range(first, first + count)]
        assert len(bench.finished) == count == bench.counter(Counter.HASHES)


@pytest.mark.parametrize("at", range(1, _steps_of_one_run(count=4, chunk=2) + 1))
def test_a_kill_before_any_single_step_repeats_no_nonce_and_costs_at_most_one_hash(at: int) -> None:
    with _bench(kill_at=[at]) as bench:
        bench.give(1, 0, 4, 2)
        bench.run()
        assert bench.killer.kills == 1
        assert len(set(bench.started)) == len(bench.started), "a nonce was hashed twice"
        assert len(bench.finished) >= 3
        assert len(bench.finished) - 1 <= bench.counter(Counter.HASHES) <= len(bench.finished)


@settings(max_examples=60, deadline=None)
@given(
    kill_at=st.lists(st.integers(1, 60), max_size=8),
    changes=st.lists(st.integers(0, 25), min_size=1, max_size=4),
)
def test_kills_around_job_changes_repeat_no_nonce_of_any_job(kill_at: list[int], changes: list[int]) -> None:
    with _bench(kill_at=kill_at) as bench:
        left = list(changes)
        bench.give(1, 0, 30, 4)

        def change_job() -> None:
            generation = 2 + len(changes) - len(left)
            if left and len(bench.started) >= sum(changes[: generation - 1]):
                left.pop(0)
                bench.give(generation, 0, 30, 4)

        bench.on_hash = change_job
        bench.run()
        assert len(set(bench.started)) == len(bench.started), "a nonce of one job was hashed twice"
        generations = [generation for generation, _ in bench.started]
        assert generations == sorted(generations), "no worker goes back to an older job"


def test_a_new_generation_is_followed_after_the_hash_in_hand(bench: ScryptBench) -> None:
    bench.give(1, 0, 1000, 1000)
    bench.on_hash = lambda: bench.give(2, 50, 3) if len(bench.started) == 4 else None
    bench.run()
    assert bench.started == [(1, 0), (1, 1), (1, 2), (1, 3), (2, 50), (2, 51), (2, 52)]
    assert bench.counter(Counter.HASHES) == 7


# --- candidates and counts --------------------------------------------------------------------------------------------


def test_every_hash_that_meets_the_target_is_reported_once_and_counts_are_exact(bench: ScryptBench) -> None:
    bench.give(1, 0, 200)
    bench.run()
    results = [hash_of(header_of(1, nonce)) for nonce in range(200)]
    expected = [(1, nonce, result) for nonce, result in enumerate(results) if _meets(result)]
    assert bench.candidates() == expected and len(expected) > 20
    assert bench.counter(Counter.CANDIDATES) == len(expected)
    check = 0
    for result in results:
        check ^= int.from_bytes(result[24:], "little")
    assert bench.counter(Counter.XOR) == check


@pytest.mark.parametrize("less", [0, 1])
def test_all_256_bits_are_compared_with_the_target(bench: ScryptBench, less: int) -> None:
    hashes = {nonce: int.from_bytes(hash_of(header_of(1, nonce)), "little") for nonce in range(50)}
    least = min(hashes, key=lambda nonce: hashes[nonce])
    bench.give(1, 0, 50)
    bench.crew.publish(BoardJob(1, SCRYPT, EPOCH, header_of(1), 76, 4, hashes[least] - less))
    bench.run()
    assert [nonce for _, nonce, _ in bench.candidates()] == ([] if less else [least])


def test_a_candidate_belongs_to_the_job_that_it_was_hashed_for(bench: ScryptBench) -> None:
    """The old job is easy, the new one impossible."""

    def change_job() -> None:
        if len(bench.started) == 4:
            bench.difficulty = 1 << 255
            bench.give(2, 0, 6)

    bench.difficulty = 1
    bench.give(1, 0, 100)
    bench.on_hash = change_job
    bench.run()
    assert [(generation, nonce) for generation, nonce, _ in bench.candidates()] == [(1, 0), (1, 1), (1, 2), (1, 3)]


# --- orders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 2, 7])
def test_settled_repeats_the_command_with_everything_counted(bench: ScryptBench, after: int) -> None:
    words: list[int] = []

    def park() -> None:
        if len(bench.started) == after and not words:
            words.append(bench.command(Command.PARK))

    bench.give(1, 0, 100)
    bench.on_hash = park
    bench.on_sleep = lambda: words.append(bench.command(Command.EXIT))
    bench.run()
    assert [(word, hashes) for word, _, hashes in bench.settled] == [(words[0], after), (words[-1], after)]
    assert bench.exits == [WorkerExit.DONE]


def test_a_parked_worker_beats_and_goes_on_with_the_next_nonce(bench: ScryptBench) -> None:
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


@pytest.mark.parametrize("percent", [10, 25, 50, 75])
def test_a_worker_uses_the_share_of_time_it_is_given(percent: int) -> None:
    with _bench(hash_ns=7_000_000) as bench:
        bench.crew.work.write_intensity(0, percent)
        bench.give(1, 0, 20_000_000 * percent // 7_000_000, chunk=1000)
        began = bench.clock.now_ns
        bench.on_sleep = lambda: (
            None if bench.counter(Counter.STATE) == WorkerState.SLEEPING else bench.exit_when_idle()
        )
        bench.run()
        assert abs(bench.clock.cpu_ns / (bench.clock.now_ns - began) * 100 - percent) < 2


@pytest.mark.parametrize("difficulty", [1, 1 << 200])
def test_an_order_is_followed_in_the_middle_of_a_rest(difficulty: int) -> None:
    with _bench(hash_ns=100_000_000, difficulty=difficulty) as bench:
        bench.crew.work.write_intensity(0, 10)
        bench.give(1, 0, 1000)
        bench.on_sleep = lambda: (None, bench.command(Command.EXIT))[0]
        bench.run()
        assert len(bench.started) == 2 == bench.counter(Counter.HASHES)


@pytest.mark.parametrize(
    "job",
    [
        BoardJob(5, 0, EPOCH, b"", 0, 4, 0),
        BoardJob(5, 1, EPOCH, bytes(76), 39, 4, 1 << 255),
        BoardJob(5, SCRYPT, EPOCH, bytes(76), 39, 4, 1 << 255),
        BoardJob(5, SCRYPT, EPOCH + 1, header_of(5), 76, 4, 1 << 255),
    ],
    ids=["empty", "other algorithm", "no header", "other epoch"],
)
def test_a_job_that_is_not_for_this_worker_is_waited_out(bench: ScryptBench, job: BoardJob) -> None:
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
