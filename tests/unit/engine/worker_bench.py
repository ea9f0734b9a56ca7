"""One Core worker without a process: real boards, a hash that is SHA-256, a clock that only work and sleep move.

Every store into the worker's row and every call of the hash functions is a step; a `Killer` ends the worker before the
step it was told, as a kill would: what was stored stays, what the machine held is gone. A new worker on the same boards
is the one that the Host would fork.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from mining.engine.boards import BoardJob, Command, Counter, Kernel, Lease, Probe
from mining.engine.jobs import target_from_difficulty
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger
from mining.engine.randomx_worker import RandomXParts, RandomXWorker
from mining.engine.worker import CANDIDATE, WorkerContext, WorkerExit
from mining.native.randomx_kernel import Turns
from tests.unit.engine.fake_crew import FakeCrew

EPOCH = 1
OFFSET = 39
POINTER = 4096
KERNEL_POINTER = 8192


class Killed(BaseException):
    """The worker was killed here."""


@dataclass(slots=True)
class Killer:
    """Counts steps; raises before the next of `kill_at` (steps since the last kill)."""

    kill_at: list[int] = field(default_factory=list)
    steps: int = 0
    kills: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.kill_at and self.steps >= self.kill_at[0]:
            self.kill_at.pop(0)
            self.steps = 0
            self.kills += 1
            raise Killed


class Row:
    """The worker's row of counters, with a step before each store."""

    def __init__(self, words: memoryview, before_store: Callable[[Counter, int], None]) -> None:
        self._words = words
        self._before_store = before_store

    def __getitem__(self, counter: Counter) -> int:
        value: int = self._words[counter]
        return value

    def __setitem__(self, counter: Counter, value: int) -> None:
        self._before_store(counter, value)
        self._words[counter] = value


class Clock:
    """Stands in for the module `time` inside the worker."""

    def __init__(self, on_sleep: Callable[[], None]) -> None:
        self.now_ns = 1_000_000_000
        self.cpu_ns = 0
        self._on_sleep = on_sleep

    def work(self, nanoseconds: int) -> None:
        self.now_ns += nanoseconds
        self.cpu_ns += nanoseconds

    def monotonic_ns(self) -> int:
        return self.now_ns

    def thread_time_ns(self) -> int:
        return self.cpu_ns

    def monotonic(self) -> float:
        return self.now_ns / 1e9

    def sleep(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)
        self._on_sleep()


class Machine:
    """What the worker sees of a RandomX VM."""

    def __init__(self, bench: WorkerBench) -> None:
        self.pointer = POINTER
        self.is_v2 = bench.is_v2
        self._bench = bench
        self.hash_buffer = ctypes.create_string_buffer(32)
        self.in_flight: bytes | None = None
        self.first, self.next, self.last = bench._first, bench._next, bench._last

    def hash(self, data: bytes) -> bytes:
        return self._bench.library_hash(data)


class OwnMachine(Machine):
    """What the worker sees of our RandomX kernel, in a bench that `has_kernel`."""

    on_huge_page = False

    def __init__(self, bench: WorkerBench, address: int, **pages: bool) -> None:
        if bench.is_kernel_refused:
            raise MemoryError("refused")
        super().__init__(bench)
        self.pointer = KERNEL_POINTER
        self.pages = pages
        self.turns = Turns.ALONE
        self.is_destroyed = False
        bench.own_machines.append(self)

    def hash(self, data: bytes) -> bytes:
        return self._bench.kernel_hash(data)

    def destroy(self) -> None:
        self.is_destroyed = True


def hash_of(blob: bytes) -> bytes:
    """The hash of this world."""
    return hashlib.sha256(blob).digest()


def blob_of(generation: int, nonce: int = 0) -> bytes:
    """A blob that tells its generation and nonce."""
    return generation.to_bytes(8, "little").ljust(OFFSET, b"\x07") + nonce.to_bytes(4, "little") + bytes(33)


def named(blob: bytes) -> tuple[int, int]:
    """The (generation, nonce) of a blob."""
    return int.from_bytes(blob[:8], "little"), int.from_bytes(blob[OFFSET : OFFSET + 4], "little")


class WorkerBench:
    """Boards for one slot, the leases of its jobs, and what its workers did."""

    def __init__(
        self,
        *,
        kill_at: list[int] | None = None,
        difficulty: int = 3,
        is_v2: bool = False,
        hash_ns: int = 2_000_000,
        has_kernel: bool = False,
    ) -> None:
        self.crew = FakeCrew(1)
        self.killer = Killer(list(kill_at or []))
        self.clock = Clock(self._slept)
        self.is_v2 = is_v2
        self.difficulty = difficulty
        self.hash_ns = hash_ns
        self.epoch = EPOCH
        self.has_kernel = has_kernel
        self.is_kernel_refused = False
        self.has_memory = True
        self.library_hash: Callable[[bytes], bytes] = hash_of
        self.kernel_hash: Callable[[bytes], bytes] = hash_of
        self.own_machines: list[OwnMachine] = []
        self.kernel_words: list[Kernel] = []
        self.pointers: list[int] = []
        self.machine = Machine(self)
        self.started: list[tuple[int, int]] = []
        self.finished: list[bytes] = []
        self.settled: list[tuple[int, bool, int]] = []
        self.exits: list[WorkerExit] = []
        self.on_hash: Callable[[], None] = lambda: None
        self.on_sleep: Callable[[], None] = self.exit_when_idle
        self._grants: LeaseGrants | None = None
        self._ledger: NonceLedger | None = None
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        self.crew.work.write_intensity(0, 100)
        self.probe(EPOCH)

    # --- the Supervisor's side --------------------------------------------------------------------------------

    def give(self, generation: int, first: int, count: int, chunk: int = 5) -> None:
        """Publish a job, leases first, as the dispatcher does."""
        self._ledger = NonceLedger(first, count, chunk=chunk, cores=0)
        self._grants = LeaseGrants(self.crew.as_crew(), generation, self._ledger)
        self._grants.top_up()
        self.crew.publish(self.job(generation))

    def probe(self, epoch: int) -> None:
        """Write the probe of an epoch."""
        data = bytes(range(32))
        self.crew.work.write_probes([Probe(epoch, data, hash_of(data))])

    def job(self, generation: int) -> BoardJob:
        target = target_from_difficulty(self.difficulty)
        return BoardJob(generation, 2 if self.is_v2 else 1, self.epoch, blob_of(generation), OFFSET, 4, target)

    def lease(self, lease: Lease) -> None:
        self.crew.work.write_lease(0, lease)

    def command(self, command: Command) -> int:
        return self.crew.work.write_command(0, command)

    def counter(self, counter: Counter) -> int:
        return self.crew.counters.read(0, counter)

    def exit_when_idle(self) -> None:
        """Grant what is missing; with nothing left to grant, tell the worker to exit."""
        left = self._ledger._end - self._ledger._next if self._ledger else 0
        if self._grants is not None:
            self._grants.top_up()
        if not left:
            self.command(Command.EXIT)

    def candidates(self) -> list[tuple[int, int, bytes]]:
        """(generation, nonce, hash) of everything in the pipe."""
        try:
            data = os.read(self._read_fd, 1 << 20)
        except BlockingIOError:
            return []
        return [(generation, nonce, result) for _, generation, nonce, result, _ in CANDIDATE.iter_unpack(data)]

    # --- the machine ------------------------------------------------------------------------------------------

    def _begin(self, pointer: int, blob: int, size: int) -> None:
        self.pointers.append(pointer)
        data = ctypes.string_at(blob, size)
        self.started.append(named(data))
        self.machine.in_flight = data

    def _finish(self, out: Any) -> None:
        assert self.machine.in_flight is not None, "a hash was asked for that nobody started"
        result = hash_of(self.machine.in_flight)
        ctypes.memmove(out, result, 32)
        if self.is_v2:
            result = hashlib.blake2b(self.machine.in_flight + result, digest_size=32).digest()
        self.finished.append(result)
        self.machine.in_flight = None
        self.clock.work(self.hash_ns)

    def _first(self, pointer: int, blob: int, size: int) -> None:
        self.killer.step()
        assert pointer in (POINTER, KERNEL_POINTER) and self.machine.in_flight is None
        self._begin(pointer, blob, size)
        self.on_hash()

    def _next(self, pointer: int, blob: int, size: int, out: int) -> None:
        self.killer.step()
        assert pointer == self.pointers[-1]
        self._finish(out)
        self._begin(pointer, blob, size)
        self.killer.step()
        self.on_hash()

    def _last(self, pointer: int, out: Any) -> None:
        self.killer.step()
        assert pointer == self.pointers[-1]
        self._finish(out)

    def _before_store(self, counter: Counter, value: int) -> None:
        self.killer.step()
        if counter is Counter.KERNEL:
            self.kernel_words.append(Kernel(value))
        if counter is Counter.SETTLED:
            self.settled.append((value, self.machine.in_flight is None, self.counter(Counter.HASHES)))

    def _slept(self) -> None:
        self.on_sleep()

    # --- the Host's side --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run workers one after the other, a new one for each that is killed, until one exits by itself."""
        self.exits.clear()
        with self.worker_context() as (context, parts):
            while not self.exits:
                self._run_one(context, parts)

    @contextmanager
    def worker_context(self) -> Iterator[tuple[WorkerContext, RandomXParts]]:
        """What a Host would hand to its workers; what they see of the machine is this bench's while the block runs."""
        words = self.crew.counters.row(0)
        context = WorkerContext(
            work=self.crew.work,
            counters=cast(Any, SimpleNamespace(row=lambda slot: Row(words, self._before_store))),
            algorithm=2 if self.is_v2 else 1,
            epoch=EPOCH,
            priority="low",
        )
        parts = RandomXParts(
            library=cast(Any, None),
            is_fast=True,
            dataset=cast(Any, SimpleNamespace(address=0)) if self.has_kernel else None,
            cache=None,
            large_pages=False,
            transparent_pages=False,
            kernel=cast(Any, self) if self.has_kernel else None,
        )
        with ExitStack() as patches:
            patches.callback(words.release)
            patches.enter_context(patch("mining.engine.worker.time", self.clock))
            patches.enter_context(patch("mining.engine.randomx_worker.time", self.clock))
            patches.enter_context(patch("mining.engine.randomx_worker.KernelMachine", OwnMachine))
            patches.enter_context(patch.object(RandomXWorker, "_make_machine", lambda worker: self._make_machine()))
            yield context, parts

    def _make_machine(self) -> Machine:
        if not self.has_memory:
            raise MemoryError("no scratchpad")
        return self.machine

    def _run_one(self, context: WorkerContext, parts: RandomXParts) -> None:
        self.machine = Machine(self)
        try:
            self.exits.append(RandomXWorker(context, parts, 0, self._write_fd).run())
        except Killed:
            return

    def close(self) -> None:
        os.close(self._read_fd)
        os.close(self._write_fd)
        self.crew.close()
