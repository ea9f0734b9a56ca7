"""What a Scrypt worker hashes with: our kernel where it passes the self-test, else hashlib, and it says which."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from mining.engine.boards import BoardJob, Command, Counter, CounterBoard, Kernel, Lease, Probe, WorkBoard
from mining.engine.scrypt_worker import ScryptParts, ScryptWorker, probe_header
from mining.engine.worker import CANDIDATE, WorkerContext, WorkerExit
from mining.native.scrypt_kernel import KNOWN_HEADER
from tests.unit.engine.scrypt_bench import BenchMachine, OwnMachine, ScryptBench, hash_of
from tests.unit.engine.worker_bench import EPOCH, Killed
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import four_lane_kernel_in

WRONG = bytes(32)
EVERY_HASH = (1 << 256) - 1


@pytest.fixture
def bench() -> Iterator[ScryptBench]:
    """A worker that has our kernel, is told to run, and finds ten nonces to hash."""
    made = ScryptBench(has_kernel=True)
    made.command(Command.RUN)
    made.give(1, 0, 10)
    yield made
    made.close()


def _is_all_hashed_by(bench: ScryptBench, machine: type[BenchMachine]) -> bool:
    return bench.started == [(1, nonce) for nonce in range(10)] and set(bench.used) == {machine}


def test_a_kernel_that_passes_the_self_test_hashes(bench: ScryptBench) -> None:
    bench.run()
    assert _is_all_hashed_by(bench, OwnMachine) and bench.counter(Counter.ERRORS) == 0
    assert bench.kernel_words == [Kernel.OWN, Kernel.OWN_IN_TEST, Kernel.OWN]
    assert bench.made[0].options == {
        "n": 1024,
        "most_lanes": 0,
        "memory_bytes": 1 << 20,
        "wants_huge_pages": False,
    }


@pytest.mark.parametrize("of", ["genesis", "probe"])
def test_a_kernel_that_fails_either_answer_gives_way_to_hashlib(bench: ScryptBench, of: str) -> None:
    wrong_for = KNOWN_HEADER if of == "genesis" else probe_header(bytes(range(32)))
    bench.kernel_hash = lambda header: WRONG if header == wrong_for else hash_of(header)
    bench.run()
    assert bench.exits == [WorkerExit.DONE] and _is_all_hashed_by(bench, BenchMachine)
    assert bench.counter(Counter.KERNEL) == Kernel.OWN_FAILED and bench.counter(Counter.ERRORS) == 1
    assert bench.made[0].is_destroyed


def test_the_successor_of_a_worker_that_died_in_the_test_takes_hashlib(bench: ScryptBench) -> None:
    def crash(header: bytes) -> bytes:
        assert len(bench.made) == 1, "the kernel is tried again"
        raise Killed

    bench.kernel_hash = crash
    bench.run()
    assert bench.exits == [WorkerExit.DONE] and _is_all_hashed_by(bench, BenchMachine)
    assert bench.kernel_words == [Kernel.OWN, Kernel.OWN_IN_TEST, Kernel.OWN_FAILED]


def test_where_hashlib_is_wrong_too_the_core_is_to_blame(bench: ScryptBench) -> None:
    bench.kernel_hash = bench.library_hash = lambda header: WRONG
    bench.run()
    assert bench.exits == [WorkerExit.PROBE_MISMATCH] and bench.started == []
    assert bench.counter(Counter.KERNEL) == Kernel.LIBRARY


def test_a_kernel_that_is_refused_is_told_and_hashlib_hashes(bench: ScryptBench) -> None:
    bench.is_kernel_refused = True
    bench.run()
    assert bench.kernel_words == [Kernel.OWN_REFUSED] and _is_all_hashed_by(bench, BenchMachine)


def test_a_forbidden_kernel_is_not_made(bench: ScryptBench) -> None:
    bench.crew.work.forbid_kernel(0)
    bench.run()
    assert bench.made == [] and bench.kernel_words == [Kernel.OWN_FAILED] and _is_all_hashed_by(bench, BenchMachine)


def test_without_a_kernel_hashlib_hashes_and_nothing_is_wrong() -> None:
    bench = ScryptBench()
    bench.command(Command.RUN)
    bench.give(1, 0, 10)
    bench.run()
    assert bench.kernel_words == [Kernel.LIBRARY] and _is_all_hashed_by(bench, BenchMachine)
    bench.close()


@pytest.mark.parametrize("percent", [100, 60])
def test_four_real_lanes_hash_each_nonce_once_and_report_each_candidate(
    tmp_path: Path, work: WorkBoard, counters: CounterBoard, percent: int
) -> None:
    kernel, n, header = four_lane_kernel_in(tmp_path), 32, bytes(range(100, 180))
    probe = bytes(range(32))
    work.write_probes([Probe(EPOCH, probe, oracle(probe_header(probe), n))])
    work.write_intensity(1, percent)
    for serial, (start, end) in enumerate([(5, 16), (40, 42)]):  # neither is a multiple of four
        work.write_lease(1, Lease(1, serial, start, end))
    work.publish(BoardJob(1, 3, EPOCH, header, 76, 4, EVERY_HASH))
    work.write_command(1, Command.RUN)
    read_fd, write_fd = os.pipe()
    context = WorkerContext(work, counters, algorithm=3, epoch=EPOCH, priority="low")
    worker = ScryptWorker(context, ScryptParts(n, kernel, 1 << 20, 0, wants_huge_pages=True), 1, write_fd)
    with patch.object(worker, "_beat", lambda: work.write_command(1, Command.EXIT)):  # it has no lease left
        assert worker.run() is WorkerExit.DONE
    records = list(CANDIDATE.iter_unpack(os.read(read_fd, 1 << 16)))
    nonces = [*range(5, 16), 40, 41]
    assert [(slot, generation, nonce) for slot, generation, nonce, _, _ in records] == [(1, 1, n) for n in nonces]
    assert all(found == oracle(header[:76] + nonce.to_bytes(4, "little"), n) for _, _, nonce, found, _ in records)
    assert counters.read(1, Counter.HASHES) == len(nonces) == counters.read(1, Counter.CANDIDATES)
    assert counters.read(1, Counter.KERNEL) == Kernel.OWN
    os.close(read_fd)
    os.close(write_fd)
