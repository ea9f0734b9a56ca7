"""A Core worker: one process pinned to one core, hashing. Never talks to a socket or a database.

Forked by the Host over ready memory. It owns its scratchpad, its row of the counter board and the write end of its
candidate pipe. Between two hashes it looks at three words of the work board: the generation, its command and its
intensity. What is here is the same for every algorithm: orders, jobs, leases, rests, and which machine may hash. How a
lease is hashed is in `randomx_worker.py` and `scrypt_worker.py`.
"""

from __future__ import annotations

import os
import struct
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum

from mining.engine.boards import (
    BoardJob,
    Command,
    Counter,
    CounterBoard,
    Kernel,
    Lease,
    Probe,
    WorkBoard,
    WorkerState,
)
from mining.engine.intensity import RestAccount

CANDIDATE = struct.Struct("<QQQ32sQ")  # slot, generation, nonce, hash, found at (ns): 64 bytes, so written whole
CPU_EVERY_NS = 500_000_000
_POLL_S = 0.002
_LONG_POLL_S = 0.02


class WorkerExit(IntEnum):
    """Why a worker ended by itself."""

    DONE = 0
    PROBE_MISMATCH = 10
    NO_MEMORY = 11
    PARENT_GONE = 12
    FAILED = 13


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What every worker of a Host is given: the boards, the algorithm's number, and the epoch of the Host's memory."""

    work: WorkBoard
    counters: CounterBoard
    algorithm: int
    epoch: int
    priority: str


class Worker(ABC):
    """The worker of one slot. Subclasses choose their machine at the end of their `__init__`."""

    def __init__(self, context: WorkerContext, slot: int, candidate_fd: int) -> None:
        self._context = context
        self._slot = slot
        self._fd = candidate_fd
        self._board = context.work
        self._words = context.work.words
        self._command_at = context.work.command_at(slot)
        self._row = context.counters.row(slot)
        self._is_own = False
        self._job: BoardJob | None = None
        self._lease: Lease | None = None
        self._rest = RestAccount()
        self._verified_epoch = 0

    # --- what each algorithm does in its own way --------------------------------------------------------------

    @property
    @abstractmethod
    def _has_kernel(self) -> bool:
        """Whether there is a kernel of ours for this algorithm and memory."""

    @abstractmethod
    def _use_kernel(self) -> None:
        """Hash with our kernel from now on. Raises MemoryError when no machine of it can be made."""

    @abstractmethod
    def _use_fallback(self) -> None:
        """Hash with somebody else's implementation from now on; nothing is in flight. Raises MemoryError."""

    @abstractmethod
    def _reproduces(self, probe: Probe) -> bool:
        """Whether the machine computes what the Host computed in another way. Nothing is in flight."""

    @abstractmethod
    def _kernel_passed(self) -> None:
        """Our kernel reproduced the probe of a new epoch."""

    @abstractmethod
    def _begin_job(self, job: BoardJob) -> None:
        """A new job was read from the board."""

    @abstractmethod
    def _is_memory_for(self, job: BoardJob) -> bool:
        """Whether the memory of this worker is that of the job's epoch."""

    @abstractmethod
    def _hash_lease(self, job: BoardJob, lease: Lease, word: int, percent: int) -> None:
        """Hash from the cursor until the lease ends, or the board says something else than `word` and `percent`."""

    @abstractmethod
    def _flush(self) -> None:
        """Finish and count what is in flight."""

    # --- which machine hashes ---------------------------------------------------------------------------------

    def _choose_machine(self) -> None:
        """Our own kernel where there is one, it can run here, and it never failed on this core: a worker before this
        one may have failed its self-test or died in it, or its find may be disproved."""
        row = self._row
        if not self._has_kernel:
            row[Counter.KERNEL] = Kernel.LIBRARY
        elif row[Counter.KERNEL] in (Kernel.OWN_IN_TEST, Kernel.OWN_FAILED) or self._board.is_kernel_forbidden(
            self._slot
        ):
            row[Counter.KERNEL] = Kernel.OWN_FAILED
        else:
            try:
                self._use_kernel()
            except MemoryError:
                row[Counter.KERNEL] = Kernel.OWN_REFUSED
            else:
                row[Counter.KERNEL] = Kernel.OWN
                self._is_own = True
                return
        self._use_fallback()

    def _passes(self, probe: Probe) -> bool:
        """Whether this worker reproduces `probe`; where our kernel does not, with the fallback from now on.

        OWN_IN_TEST outlives a crash: the next worker knows of it. Only where the fallback does better than our kernel
        is the kernel to blame, and not the memory or the core.
        """
        row = self._row
        if not self._is_own:
            return self._reproduces(probe)
        row[Counter.KERNEL] = Kernel.OWN_IN_TEST
        if self._reproduces(probe):
            self._kernel_passed()
            row[Counter.KERNEL] = Kernel.OWN
            return True
        row[Counter.ERRORS] += 1
        row[Counter.KERNEL] = Kernel.LIBRARY
        self._is_own = False
        self._use_fallback()
        if not self._reproduces(probe):
            return False
        row[Counter.KERNEL] = Kernel.OWN_FAILED
        return True

    def _is_verified(self, job: BoardJob) -> bool:
        """Reproduce a probe of the Host before the first nonce of its epoch."""
        if self._verified_epoch == job.epoch:
            return True
        self._flush()
        probe = self._board.read_probe(self._slot)
        if probe.epoch != job.epoch or not self._passes(probe):
            self._row[Counter.ERRORS] += 1
            return False
        self._verified_epoch = probe.epoch
        self._row[Counter.VERIFIED_EPOCH] = probe.epoch
        return True

    # --- following the board ----------------------------------------------------------------------------------

    def run(self) -> WorkerExit:
        """Follow the board until told to exit."""
        while True:
            word = self._words[self._command_at]
            command = word & 0xFF
            if command == Command.EXIT:
                self._settle(word)
                return WorkerExit.DONE
            percent = self._board.read_intensity(self._slot)
            if command == Command.PARK or percent == 0:
                self._settle(word)
                self._wait(WorkerState.PARKED, word, percent)
                continue
            job = self._take_job()
            if job is None:
                self._settle(word)
                self._wait(WorkerState.PARKED, word, percent, generation=self._job.generation if self._job else 0)
                continue
            if not self._is_verified(job):
                return WorkerExit.PROBE_MISMATCH
            lease = self._take_lease(job)
            if lease is None:
                self._flush()
                self._row[Counter.STATE] = WorkerState.STARVED
                self._beat()
                time.sleep(_POLL_S / 4)
                continue
            self._rest.start(percent)
            self._row[Counter.STATE] = WorkerState.HASHING
            self._hash_lease(job, lease, word, percent)

    def _take_job(self) -> BoardJob | None:
        """Follow the board's generation; None while there is nothing to hash with the memory of this worker."""
        if self._job is None or self._job.generation != self._board.generation:
            read = self._board.read_job()
            if read is not None and read.generation == self._board.generation:
                self._job, self._lease = read, None
                self._begin_job(read)
        job = self._job
        if job is None or not job.blob or job.algorithm != self._context.algorithm or not self._is_memory_for(job):
            return None
        return job

    def _take_lease(self, job: BoardJob) -> Lease | None:
        """Go on with the lease of a predecessor, or take the next one. LEASE is stored before CURSOR, and GENERATION
        last: a kill between two of these stores can skip nonces but never repeat one."""
        row, generation = self._row, job.generation
        if self._lease is not None and row[Counter.CURSOR] < self._lease.end:
            return self._lease
        serial = row[Counter.LEASE] if row[Counter.GENERATION] == generation else -1
        if serial >= 0 and self._lease is None:
            lease = self._board.read_lease(self._slot, serial)
            if lease is not None and lease.generation == generation:
                cursor = row[Counter.CURSOR]
                if not lease.start <= cursor <= lease.end:
                    row[Counter.CURSOR] = cursor = lease.start
                if cursor < lease.end:
                    self._lease = lease
                    return self._lease
        lease = self._board.read_lease(self._slot, serial + 1)
        if lease is None or lease.generation != generation:
            return None
        row[Counter.LEASE] = lease.serial
        row[Counter.CURSOR] = lease.start
        if row[Counter.GENERATION] != generation:
            row[Counter.TAKEN_NS] = time.monotonic_ns()
            row[Counter.GENERATION] = generation
        self._lease = lease
        return self._lease

    def _report(self, generation: int, nonce: int, result: bytes) -> None:
        """Hand on a hash that meets its target."""
        self._row[Counter.CANDIDATES] += 1
        os.write(self._fd, CANDIDATE.pack(self._slot, generation, nonce, result, time.monotonic_ns()))

    def _settle(self, word: int) -> None:
        """Say that everything hashed so far is counted and its candidates are in the pipe."""
        self._flush()
        self._row[Counter.CPU_NS] = time.thread_time_ns()
        self._row[Counter.SETTLED] = word

    def _beat(self) -> None:
        self._row[Counter.BEAT_NS] = time.monotonic_ns()

    def _wait(self, state: WorkerState, word: int, percent: int, generation: int | None = None) -> None:
        """Sleep until the command, the intensity or (when given) the generation changes."""
        self._row[Counter.STATE] = state
        self._rest.stop()
        started = time.monotonic()
        while self._words[self._command_at] == word and self._board.read_intensity(self._slot) == percent:
            if generation is not None and self._board.generation != generation:
                return
            self._beat()
            time.sleep(_POLL_S if time.monotonic() - started < 1 else _LONG_POLL_S)

    def _take_rest(self, word: int, percent: int) -> None:
        """Pay the time owed to the intensity, in pieces that write the heartbeat."""
        while True:
            owed_s = self._rest.owed_s(time.thread_time_ns(), time.monotonic_ns())
            if owed_s <= 0:
                return
            self._row[Counter.STATE] = WorkerState.SLEEPING
            time.sleep(owed_s)
            self._beat()
            self._row[Counter.CPU_NS] = time.thread_time_ns()
            self._row[Counter.STATE] = WorkerState.HASHING
            if self._words[self._command_at] != word or self._board.read_intensity(self._slot) != percent:
                return
