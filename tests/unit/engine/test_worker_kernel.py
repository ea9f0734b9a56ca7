"""What a worker hashes with: our RandomX kernel where it passes the self-test, else the library, and it says which."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest.mock import MagicMock, patch

import pytest

from mining.engine.boards import Command, Counter, Kernel
from mining.engine.randomx_worker import RandomXWorker
from mining.engine.worker import WorkerExit
from mining.engine.worker_process import run_worker
from mining.native.randomx_kernel import Turns
from tests.unit.engine.worker_bench import EPOCH, KERNEL_POINTER, POINTER, Killed, WorkerBench

WRONG = bytes(32)


@pytest.fixture
def bench() -> Iterator[WorkerBench]:
    """A worker that has our kernel, is told to run, and finds ten nonces to hash."""
    made = WorkerBench(has_kernel=True)
    made.command(Command.RUN)
    made.give(1, 0, 10)
    yield made
    made.close()


def _is_all_hashed(bench: WorkerBench) -> bool:
    return bench.started == [(1, nonce) for nonce in range(10)] and bench.counter(Counter.HASHES) == 10


def test_a_kernel_that_passes_the_self_test_hashes(bench: WorkerBench) -> None:
    bench.run()
    assert _is_all_hashed(bench) and set(bench.pointers) == {KERNEL_POINTER}
    assert bench.kernel_words == [Kernel.OWN, Kernel.OWN_IN_TEST, Kernel.OWN]
    assert bench.counter(Counter.ERRORS) == 0


def test_a_kernel_whose_hash_is_wrong_gives_way_to_the_library(bench: WorkerBench) -> None:
    bench.kernel_hash = lambda data: WRONG
    bench.run()
    assert bench.exits == [WorkerExit.DONE]
    assert bench.counter(Counter.KERNEL) == Kernel.OWN_FAILED
    assert _is_all_hashed(bench) and set(bench.pointers) == {POINTER}
    assert bench.counter(Counter.ERRORS) == 1 and bench.own_machines[0].is_destroyed


def test_the_successor_of_a_worker_that_died_in_the_test_takes_the_library(bench: WorkerBench) -> None:
    def crash(data: bytes) -> bytes:
        assert len(bench.own_machines) == 1, "the kernel is tried again"
        raise Killed

    bench.kernel_hash = crash
    bench.run()
    assert bench.exits == [WorkerExit.DONE] and len(bench.own_machines) == 1
    assert bench.kernel_words == [Kernel.OWN, Kernel.OWN_IN_TEST, Kernel.OWN_FAILED]
    assert _is_all_hashed(bench) and set(bench.pointers) == {POINTER}


def test_a_core_whose_kernel_failed_keeps_the_library_over_restarts(bench: WorkerBench) -> None:
    bench.kernel_hash = lambda data: WRONG
    bench.run()
    bench.command(Command.RUN)
    bench.give(2, 0, 3)
    bench.run()
    assert len(bench.own_machines) == 1 and bench.counter(Counter.KERNEL) == Kernel.OWN_FAILED


def test_a_worker_that_is_killed_while_it_hashes_leaves_the_kernel_to_its_successor(bench: WorkerBench) -> None:
    def kill() -> None:
        if len(bench.started) == 4 and len(bench.own_machines) == 1:
            raise Killed

    bench.on_hash = kill
    bench.run()
    assert len(bench.own_machines) == 2 and set(bench.pointers) == {KERNEL_POINTER}
    assert bench.counter(Counter.KERNEL) == Kernel.OWN


def test_where_the_library_is_wrong_too_the_kernel_is_not_blamed(bench: WorkerBench) -> None:
    bench.kernel_hash = bench.library_hash = lambda data: WRONG
    bench.run()
    assert bench.exits == [WorkerExit.PROBE_MISMATCH] and bench.started == []
    assert bench.counter(Counter.KERNEL) == Kernel.LIBRARY
    bench.run()
    assert len(bench.own_machines) == 2, "the next worker tries the kernel again"


def test_the_probe_of_another_epoch_is_no_test_of_the_kernel(bench: WorkerBench) -> None:
    bench.probe(EPOCH + 1)
    bench.run()
    assert bench.exits == [WorkerExit.PROBE_MISMATCH]
    assert bench.kernel_words == [Kernel.OWN]


def test_a_kernel_that_is_refused_is_told_and_the_library_hashes(bench: WorkerBench) -> None:
    bench.is_kernel_refused = True
    bench.run()
    assert bench.kernel_words == [Kernel.OWN_REFUSED]
    assert _is_all_hashed(bench) and set(bench.pointers) == {POINTER}


def test_a_forbidden_kernel_is_not_made(bench: WorkerBench) -> None:
    bench.crew.work.forbid_kernel(0)
    bench.run()
    assert bench.own_machines == [] and bench.kernel_words == [Kernel.OWN_FAILED]
    assert _is_all_hashed(bench) and set(bench.pointers) == {POINTER}


def test_each_epoch_is_tested_and_tried_anew(bench: WorkerBench) -> None:
    def next_epoch() -> None:
        if bench.epoch == EPOCH:
            assert bench.own_machines[0].turns is Turns.BY_TRIAL
            bench.own_machines[0].turns = Turns.ALONE
            bench.epoch += 1
            bench.probe(bench.epoch)
            bench.give(2, 0, 3)
        else:
            bench.exit_when_idle()

    bench.on_sleep = next_epoch
    bench.run()
    assert bench.kernel_words == [Kernel.OWN, *[Kernel.OWN_IN_TEST, Kernel.OWN] * 2]
    assert bench.own_machines[0].turns is Turns.BY_TRIAL and bench.counter(Counter.VERIFIED_EPOCH) == EPOCH + 1


def test_the_kernel_gets_the_pages_that_the_setting_allows(bench: WorkerBench) -> None:
    bench.run()
    assert bench.own_machines[0].pages == {"large_pages": False, "transparent_pages": False}


def test_no_memory_for_the_library_in_place_of_the_kernel_ends_the_worker_by_name(bench: WorkerBench) -> None:
    bench.kernel_hash = lambda data: WRONG
    bench.has_memory = False
    process = {name: MagicMock() for name in ("signal", "die_with_parent", "set_title", "set_priority")}
    with (
        bench.worker_context() as (context, parts),
        patch.multiple("mining.engine.worker_process", **process),
        patch("os.sched_setaffinity"),
    ):
        code = run_worker(context, lambda: RandomXWorker(context, parts, 0, -1), slot=0, core=0, parent_pid=os.getpid())
    assert code == WorkerExit.NO_MEMORY
    assert bench.counter(Counter.KERNEL) == Kernel.LIBRARY
