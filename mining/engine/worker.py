"""A Core worker: one process pinned to one core, hashing. Never talks to a socket or a database.

Forked by the Host over ready memory. It owns its scratchpad, its row of the counter board and the write end of its
candidate pipe. Between two hashes it looks at two words of the work board: the generation and its command.

`hash_next` starts an input and returns the hash of the PREVIOUS one: what that was is kept in `_InFlight`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
import time
from dataclasses import dataclass
from enum import IntEnum

from mining.algorithms.randomx.library import Cache, Dataset, RandomXLibrary, VirtualMachine, commitment
from mining.algorithms.registry import BY_NUMBER
from mining.engine.boards import (
    GENERATION_AT,
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
from mining.engine.native_rounds import CPU_EVERY_NS, NativeRounds
from mining.engine.processes import die_with_parent, set_priority, set_title
from mining.native.hash_loop import LoopEnd, NativeLoop
from mining.native.randomx_kernel import SCRATCHPADS, KernelMachine, RandomXKernel, Turns

CANDIDATE = struct.Struct("<QQQ32sQ")  # slot, generation, nonce, hash, found at (ns): 64 bytes, so written whole
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
    """What the Host hands to its workers: the library, the memory to hash with and the two boards. `large_pages`,
    `transparent_pages`: scratchpads on hugetlb pages where there are some; else on those that the system makes."""

    library: RandomXLibrary
    work: WorkBoard
    counters: CounterBoard
    algorithm: int
    is_fast: bool
    epoch: int
    dataset: Dataset | None
    cache: Cache | None
    large_pages: bool
    transparent_pages: bool
    priority: str
    native: NativeLoop | None = None
    kernel: RandomXKernel | None = None


@dataclass(frozen=True, slots=True)
class _InFlight:
    """The input whose hash the next call returns."""

    generation: int
    nonce: int
    target: int
    blob: bytes


class Worker:
    """The hash loop of one slot."""

    def __init__(self, context: WorkerContext, slot: int, candidate_fd: int) -> None:
        self._context = context
        self._slot = slot
        self._fd = candidate_fd
        self._board = context.work
        self._words = context.work.words
        self._command_at = context.work.command_at(slot)
        self._row = context.counters.row(slot)
        self._use(self._make_kernel_machine() or self._make_machine())
        self._in_flight: _InFlight | None = None
        self._job: BoardJob | None = None
        self._lease: Lease | None = None
        self._blob = ctypes.create_string_buffer(1)
        self._rest = RestAccount()
        self._cpu_at = 0
        self._verified_epoch = 0

    def _use(self, machine: VirtualMachine | KernelMachine) -> None:
        """Hash with `machine` from now on. Nothing may be in flight."""
        context = self._context
        self._machine = machine
        self._out = memoryview(machine.hash_buffer).cast("B").cast("Q")
        self._native: NativeRounds | None = None
        if context.native is not None:
            self._native = NativeRounds(
                context.native,
                library=context.library,
                machine=machine,
                work=context.work,
                counters=context.counters,
                slot=self._slot,
            )

    def _make_kernel_machine(self) -> KernelMachine | None:
        """Our own kernel where there is one for this algorithm and mode, it can run here, and it never failed on this
        core: a worker before this one may have failed its self-test or died in it, or its find may be disproved."""
        context, row = self._context, self._row
        if context.kernel is None or context.dataset is None:
            row[Counter.KERNEL] = Kernel.LIBRARY
            return None
        has_failed = row[Counter.KERNEL] in (Kernel.OWN_IN_TEST, Kernel.OWN_FAILED)
        if has_failed or self._board.is_kernel_forbidden(self._slot):
            row[Counter.KERNEL] = Kernel.OWN_FAILED
            return None
        try:
            machine = KernelMachine(
                context.kernel,
                context.dataset.address,
                large_pages=context.large_pages,
                transparent_pages=context.transparent_pages,
            )
        except MemoryError:
            row[Counter.KERNEL] = Kernel.OWN_REFUSED
            return None
        row[Counter.KERNEL] = Kernel.OWN
        row[Counter.HUGE_SCRATCHPAD] = SCRATCHPADS if machine.on_huge_page else 0
        return machine

    def _make_machine(self) -> VirtualMachine:
        context = self._context
        is_v2 = BY_NUMBER[context.algorithm].is_v2
        for large in (True, False) if context.large_pages else (False,):
            flags = context.library.vm_flags(is_fast=context.is_fast, is_v2=is_v2, large_pages=large)
            try:
                machine = VirtualMachine(
                    context.library,
                    flags,
                    cache=None if context.is_fast else context.cache,
                    dataset=context.dataset if context.is_fast else None,
                )
            except MemoryError:
                continue
            self._row[Counter.HUGE_SCRATCHPAD] = int(large)
            return machine
        raise MemoryError("no scratchpad")

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
            if not self._take_job():
                self._settle(word)
                self._wait(WorkerState.PARKED, word, percent, generation=self._job.generation if self._job else 0)
                continue
            if not self._is_verified():
                return WorkerExit.PROBE_MISMATCH
            if not self._take_lease():
                self._flush()
                self._row[Counter.STATE] = WorkerState.STARVED
                self._beat()
                time.sleep(_POLL_S / 4)
                continue
            self._rest.start(percent)
            self._row[Counter.STATE] = WorkerState.HASHING
            self._hash_lease(word, percent)

    def _take_job(self) -> bool:
        """Follow the board's generation; False while there is nothing to hash with the memory of this worker."""
        if self._job is None or self._job.generation != self._board.generation:
            job = self._board.read_job()
            if job is None or job.generation != self._board.generation:
                return self._job is not None and bool(self._job.blob)
            self._job, self._lease = job, None
            self._blob = ctypes.create_string_buffer(job.blob, max(1, len(job.blob)))
        job = self._job
        is_ready = bool(job.blob) and job.algorithm == self._context.algorithm
        return is_ready and (self._context.is_fast or job.epoch == self._context.epoch)

    def _is_verified(self) -> bool:
        """Reproduce a light-mode hash through the live dataset before the first nonce of its epoch."""
        assert self._job is not None
        if self._verified_epoch == self._job.epoch:
            return True
        self._flush()
        probe = self._board.read_probe(self._slot)
        if probe.epoch != self._job.epoch or not self._computes(probe):
            self._row[Counter.ERRORS] += 1
            return False
        self._verified_epoch = probe.epoch
        self._row[Counter.VERIFIED_EPOCH] = probe.epoch
        return True

    def _computes(self, probe: Probe) -> bool:
        """Whether this worker reproduces `probe`; where our kernel does not, with the library from now on.

        OWN_IN_TEST outlives a crash: the next worker knows of it. Only where the library does better than our kernel is
        the kernel to blame, and not the memory.
        """
        machine, row = self._machine, self._row
        if not isinstance(machine, KernelMachine):
            return machine.hash(probe.data) == probe.expected
        row[Counter.KERNEL] = Kernel.OWN_IN_TEST
        if machine.hash(probe.data) == probe.expected:
            machine.turns = Turns.BY_TRIAL  # a new dataset may lie on other pages
            row[Counter.KERNEL] = Kernel.OWN
            return True
        row[Counter.ERRORS] += 1
        row[Counter.KERNEL] = Kernel.LIBRARY
        machine.destroy()
        self._use(self._make_machine())
        if self._machine.hash(probe.data) != probe.expected:
            return False
        row[Counter.KERNEL] = Kernel.OWN_FAILED
        return True

    def _take_lease(self) -> bool:
        """Go on with the lease of a predecessor, or take the next one. LEASE is stored before CURSOR, and GENERATION
        last: a kill between two of these stores can skip nonces but never repeat one."""
        assert self._job is not None
        row, generation = self._row, self._job.generation
        if self._lease is not None and row[Counter.CURSOR] < self._lease.end:
            return True
        serial = row[Counter.LEASE] if row[Counter.GENERATION] == generation else -1
        if serial >= 0 and self._lease is None:
            lease = self._board.read_lease(self._slot, serial)
            if lease is not None and lease.generation == generation:
                cursor = row[Counter.CURSOR]
                if not lease.start <= cursor <= lease.end:
                    row[Counter.CURSOR] = cursor = lease.start
                if cursor < lease.end:
                    self._lease = lease
                    return True
        lease = self._board.read_lease(self._slot, serial + 1)
        if lease is None or lease.generation != generation:
            return False
        row[Counter.LEASE] = lease.serial
        row[Counter.CURSOR] = lease.start
        if row[Counter.GENERATION] != generation:
            row[Counter.TAKEN_NS] = time.monotonic_ns()
            row[Counter.GENERATION] = generation
        self._lease = lease
        return True

    def _hash_lease(self, word: int, percent: int) -> None:
        """Hash the lease until it ends or the board says something new."""
        assert self._job is not None and self._lease is not None
        native = self._native
        if native is None:
            self._hash_in_python(word, percent, self._lease.end)
            return
        if self._in_flight is None or self._in_flight.generation != self._job.generation:
            cursor = self._row[Counter.CURSOR]
            self._hash_in_python(word, percent, min(cursor + 1, self._lease.end))
        in_flight = self._in_flight
        if in_flight is None or in_flight.generation != self._job.generation:
            return  # the board changed meanwhile
        job, blob, cursor = self._job, self._blob, self._row[Counter.CURSOR]
        native.begin(
            job,
            blob,
            command=word,
            percent=percent,
            cursor=cursor,
            end=self._lease.end,
            in_flight=in_flight.nonce,
        )
        ending = None
        while ending is not LoopEnd.ENDED:
            ending = native.run()
            self._in_flight = _InFlight(job.generation, native.in_flight, job.target, blob.raw)
            if ending is LoopEnd.CANDIDATE:
                nonce, result = native.done
                self._report(_InFlight(job.generation, nonce, job.target, b""), result)
            if percent < 100:
                self._take_rest(word, percent)

    def _hash_in_python(self, word: int, percent: int, end: int) -> None:
        """The same loop as hash_loop.c, for machines without a C compiler and for the first input of a job."""
        assert self._job is not None
        job, row, words, blob = self._job, self._row, self._words, self._blob
        command_at, generation = self._command_at, job.generation
        first, following = self._machine.first, self._machine.next
        machine, out_pointer = self._machine.pointer, ctypes.addressof(self._machine.hash_buffer)
        blob_pointer, blob_bytes = ctypes.addressof(blob), len(job.blob)
        intensity_at = command_at + 1
        put, offset = struct.Struct("<I" if job.nonce_size == 4 else "<Q").pack_into, job.nonce_offset
        cursor = row[Counter.CURSOR]
        while cursor < end and words[GENERATION_AT] == generation:
            if words[command_at] != word or words[intensity_at] != percent:
                return
            put(blob, offset, cursor)
            row[Counter.CURSOR] = cursor + 1
            done = self._in_flight
            if done is None:
                first(machine, blob_pointer, blob_bytes)
            else:
                following(machine, blob_pointer, blob_bytes, out_pointer)
                self._count(done)
            self._in_flight = _InFlight(generation, cursor, job.target, blob.raw)
            cursor += 1
            if percent < 100:
                self._take_rest(word, percent)

    def _count(self, done: _InFlight) -> None:
        """Count one finished hash; hand it on when it meets the target of the job it was made for."""
        row = self._row
        now = time.monotonic_ns()
        row[Counter.HASHES] += 1
        if not row[Counter.FIRST_HASH_NS]:
            row[Counter.FIRST_HASH_NS] = now
        row[Counter.LAST_HASH_NS] = now
        row[Counter.BEAT_NS] = now
        if now - self._cpu_at > CPU_EVERY_NS:
            self._cpu_at = now
            row[Counter.CPU_NS] = time.thread_time_ns()
        if self._machine.is_v2:
            result = commitment(done.blob, self._machine.hash_buffer.raw)
            top = int.from_bytes(result[24:], "little")
        else:
            result = b""
            top = self._out[3]
        row[Counter.XOR] ^= top
        if top <= done.target >> 192:
            self._report(done, result or self._machine.hash_buffer.raw)

    def _report(self, done: _InFlight, result: bytes) -> None:
        """Hand on a result whose top word meets the target, if the whole of it does."""
        if int.from_bytes(result, "little") <= done.target:
            self._row[Counter.CANDIDATES] += 1
            os.write(self._fd, CANDIDATE.pack(self._slot, done.generation, done.nonce, result, time.monotonic_ns()))

    def _flush(self) -> None:
        """Finish the input in flight."""
        done = self._in_flight
        if done is not None:
            self._machine.last(self._machine.pointer, self._machine.hash_buffer)
            self._in_flight = None
            self._count(done)

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


def run_worker(context: WorkerContext, *, slot: int, core: int, candidate_fd: int, parent_pid: int) -> int:
    """Turn this freshly forked process into the worker of `slot`; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if not die_with_parent(parent_pid):
        return WorkerExit.PARENT_GONE
    row = context.counters.row(slot)
    row[Counter.STATE] = WorkerState.STARTING
    row[Counter.PID] = os.getpid()
    row[Counter.BEAT_NS] = time.monotonic_ns()
    row[Counter.CPU_NS] = 0
    set_title(f"core {core}")
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    set_priority(context.priority)
    try:
        return Worker(context, slot, candidate_fd).run()
    except MemoryError:  # at the start, or when the library takes over from our kernel
        return WorkerExit.NO_MEMORY
