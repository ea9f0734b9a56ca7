"""The worker's lease and cursor: every nonce once, also over kills between any two of its steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.boards import Command, Counter, Lease
from mining.engine.worker import WorkerExit
from tests.unit.engine.worker_bench import WorkerBench


@contextmanager
def _bench(**options: Any) -> Iterator[WorkerBench]:
    bench = WorkerBench(**options)
    bench.command(Command.RUN)
    try:
        yield bench
    finally:
        bench.close()


def _steps_of_one_run(count: int, chunk: int) -> int:
    with _bench() as bench:
        bench.give(1, 0, count, chunk)
        bench.run()
        return bench.killer.steps


@settings(max_examples=30, deadline=None)
@given(first=st.integers(0, (1 << 32) - 100), count=st.integers(1, 100), chunk=st.integers(1, 30))
def test_every_nonce_of_the_leases_is_hashed_exactly_once(first: int, count: int, chunk: int) -> None:
    with _bench() as bench:
        bench.give(1, first, count, chunk)
        bench.run()
        assert bench.started == [(1, nonce) for nonce in range(first, first + count)]
        assert len(bench.finished) == count == bench.counter(Counter.HASHES)


@pytest.mark.parametrize("at", range(1, _steps_of_one_run(count=4, chunk=2) + 1))
def test_a_kill_before_any_single_step_repeats_no_nonce_and_costs_at_most_two(at: int) -> None:
    with _bench(kill_at=[at]) as bench:
        bench.give(1, 0, 4, 2)
        bench.run()
        assert bench.killer.kills == 1
        assert len(set(bench.started)) == len(bench.started), "a nonce was hashed twice"
        assert {nonce for _, nonce in bench.started} <= set(range(4))
        assert len(bench.finished) >= 4 - 2
        assert len(bench.finished) - 1 <= bench.counter(Counter.HASHES) <= len(bench.finished)


@settings(max_examples=80, deadline=None)
@given(
    kill_at=st.lists(st.integers(1, 60), max_size=12),
    count=st.integers(1, 60),
    chunk=st.integers(1, 12),
)
def test_any_series_of_kills_repeats_no_nonce_and_loses_only_what_was_in_flight(
    kill_at: list[int], count: int, chunk: int
) -> None:
    with _bench(kill_at=kill_at) as bench:
        bench.give(1, 1000, count, chunk)
        bench.run()
        kills, nonces = bench.killer.kills, [nonce for _, nonce in bench.started]
        assert len(set(nonces)) == len(nonces), "a nonce was hashed twice"
        assert set(nonces) <= set(range(1000, 1000 + count))
        assert nonces == sorted(nonces), "the cursor only moves on"
        assert len(bench.finished) >= count - 2 * kills
        assert len(bench.finished) - kills <= bench.counter(Counter.HASHES) <= len(bench.finished)


@settings(max_examples=60, deadline=None)
@given(
    kill_at=st.lists(st.integers(1, 80), max_size=6),
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


@settings(max_examples=40, deadline=None)
@given(
    gaps=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), min_size=1, max_size=8),
    kill_at=st.lists(st.integers(1, 40), max_size=8),
)
def test_leases_with_gaps_between_them_are_never_left(gaps: list[tuple[int, int]], kill_at: list[int]) -> None:
    """Other cores own the nonces in the gaps."""
    leases, at = [], 0
    for serial, (gap, length) in enumerate(gaps):
        leases.append(Lease(1, serial, at + gap, at + gap + length))
        at += gap + length
    with _bench(kill_at=kill_at) as bench:
        given_out = 0

        def grant() -> None:
            nonlocal given_out
            is_current = bench.counter(Counter.GENERATION) == 1
            working_on = bench.counter(Counter.LEASE) if is_current else -1
            if given_out == len(leases) and working_on == len(leases) - 1:
                bench.command(Command.EXIT)
            while given_out < min(len(leases), working_on + 3, working_on + 2 if working_on >= 0 else 2):
                bench.lease(leases[given_out])
                given_out += 1

        bench.on_sleep = grant
        grant()
        bench.crew.publish(bench.job(1))
        bench.run()
        owned = {nonce for lease in leases for nonce in range(lease.start, lease.end)}
        nonces = [nonce for _, nonce in bench.started]
        assert set(nonces) <= owned and len(set(nonces)) == len(nonces)
        assert len(bench.finished) >= len(owned) - 2 * bench.killer.kills


def test_a_worker_without_a_lease_waits_with_a_heartbeat_and_finishes_what_it_began() -> None:
    with _bench() as bench:
        bench.give(1, 0, 3, 3)
        bench.run()
        assert bench.counter(Counter.HASHES) == 3, "the last hash is not left in the machine"
        assert bench.exits == [WorkerExit.DONE]
        assert bench.counter(Counter.BEAT_NS) > 0


def test_a_worker_that_cannot_reproduce_the_probe_hashes_nothing() -> None:
    with _bench() as bench:
        bench.crew.work.words[92 + 5] ^= 1
        bench.give(1, 0, 50)
        bench.run()
        assert bench.exits == [WorkerExit.PROBE_MISMATCH]
        assert bench.started == [] and bench.counter(Counter.ERRORS) == 1
        assert bench.counter(Counter.VERIFIED_EPOCH) == 0


def test_probes_of_another_dataset_are_a_mismatch() -> None:
    with _bench() as bench:
        bench.crew.work.words[92] = 7
        bench.give(1, 0, 50)
        bench.run()
        assert bench.exits == [WorkerExit.PROBE_MISMATCH] and bench.started == []
