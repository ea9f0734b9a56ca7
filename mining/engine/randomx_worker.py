"""The Core worker of RandomX: pipelined hashes over the dataset of the Host, or in light mode over its cache.

`hash_next` starts an input and returns the hash of the PREVIOUS one: what that was is kept in `_InFlight`.
"""

from __future__ import annotations

import ctypes
import struct
import time
from dataclasses import dataclass

from mining.algorithms.randomx.library import Cache, Dataset, RandomXLibrary, VirtualMachine, commitment
from mining.algorithms.registry import BY_NUMBER
from mining.engine.boards import GENERATION_AT, BoardJob, Counter, Lease, Probe
from mining.engine.native_rounds import NativeRounds
from mining.engine.worker import CPU_EVERY_NS, Worker, WorkerContext
from mining.native.hash_loop import LoopEnd, NativeLoop
from mining.native.randomx_kernel import SCRATCHPADS, KernelMachine, RandomXKernel, Turns


@dataclass(frozen=True, slots=True)
class RandomXParts:
    """What the Host's memory hands to its workers: the library and the memory to hash with. `large_pages`,
    `transparent_pages`: scratchpads on hugetlb pages where there are some; else on those that the system makes."""

    library: RandomXLibrary
    is_fast: bool
    dataset: Dataset | None
    cache: Cache | None
    large_pages: bool
    transparent_pages: bool
    native: NativeLoop | None = None
    kernel: RandomXKernel | None = None


@dataclass(frozen=True, slots=True)
class _InFlight:
    """The input whose hash the next call returns."""

    generation: int
    nonce: int
    target: int
    blob: bytes


class RandomXWorker(Worker):
    """The hash loop of one slot."""

    def __init__(self, context: WorkerContext, parts: RandomXParts, slot: int, candidate_fd: int) -> None:
        super().__init__(context, slot, candidate_fd)
        self._parts = parts
        self._in_flight: _InFlight | None = None
        self._blob = ctypes.create_string_buffer(1)
        self._cpu_at = 0
        self._machine: VirtualMachine | KernelMachine
        self._choose_machine()

    # --- machines ---------------------------------------------------------------------------------------------

    def _use(self, machine: VirtualMachine | KernelMachine) -> None:
        self._machine = machine
        self._out = memoryview(machine.hash_buffer).cast("B").cast("Q")
        self._native: NativeRounds | None = None
        if self._parts.native is not None:
            self._native = NativeRounds(
                self._parts.native,
                library=self._parts.library,
                machine=machine,
                work=self._context.work,
                counters=self._context.counters,
                slot=self._slot,
            )

    @property
    def _has_kernel(self) -> bool:
        return self._parts.kernel is not None and self._parts.dataset is not None

    def _use_kernel(self) -> None:
        parts = self._parts
        assert parts.kernel is not None and parts.dataset is not None
        machine = KernelMachine(
            parts.kernel,
            parts.dataset.address,
            large_pages=parts.large_pages,
            transparent_pages=parts.transparent_pages,
        )
        self._row[Counter.HUGE_SCRATCHPAD] = SCRATCHPADS if machine.on_huge_page else 0
        self._use(machine)

    def _use_fallback(self) -> None:
        before = getattr(self, "_machine", None)
        if isinstance(before, KernelMachine):
            before.destroy()
        self._use(self._make_machine())

    def _make_machine(self) -> VirtualMachine:
        parts = self._parts
        is_v2 = BY_NUMBER[self._context.algorithm].is_v2
        for large in (True, False) if parts.large_pages else (False,):
            flags = parts.library.vm_flags(is_fast=parts.is_fast, is_v2=is_v2, large_pages=large)
            try:
                machine = VirtualMachine(
                    parts.library,
                    flags,
                    cache=None if parts.is_fast else parts.cache,
                    dataset=parts.dataset if parts.is_fast else None,
                )
            except MemoryError:
                continue
            self._row[Counter.HUGE_SCRATCHPAD] = int(large)
            return machine
        raise MemoryError("no scratchpad")

    def _reproduces(self, probe: Probe) -> bool:
        return self._machine.hash(probe.data) == probe.expected

    def _kernel_passed(self) -> None:
        assert isinstance(self._machine, KernelMachine)
        self._machine.turns = Turns.BY_TRIAL  # a new dataset may lie on other pages

    # --- jobs and leases --------------------------------------------------------------------------------------

    def _begin_job(self, job: BoardJob) -> None:
        self._blob = ctypes.create_string_buffer(job.blob, max(1, len(job.blob)))

    def _is_memory_for(self, job: BoardJob) -> bool:
        return self._parts.is_fast or job.epoch == self._context.epoch

    def _hash_lease(self, job: BoardJob, lease: Lease, word: int, percent: int) -> None:
        native = self._native
        if native is None:
            self._hash_in_python(job, word, percent, lease.end)
            return
        if self._in_flight is None or self._in_flight.generation != job.generation:
            cursor = self._row[Counter.CURSOR]
            self._hash_in_python(job, word, percent, min(cursor + 1, lease.end))
        in_flight = self._in_flight
        if in_flight is None or in_flight.generation != job.generation:
            return  # the board changed meanwhile
        blob, cursor = self._blob, self._row[Counter.CURSOR]
        native.begin(
            job,
            blob,
            command=word,
            percent=percent,
            cursor=cursor,
            end=lease.end,
            in_flight=in_flight.nonce,
        )
        ending = None
        while ending is not LoopEnd.ENDED:
            ending = native.run()
            self._in_flight = _InFlight(job.generation, native.in_flight, job.target, blob.raw)
            if ending is LoopEnd.CANDIDATE:
                nonce, result = native.done
                self._judge(_InFlight(job.generation, nonce, job.target, b""), result)
            if percent < 100:
                self._take_rest(word, percent)

    def _hash_in_python(self, job: BoardJob, word: int, percent: int, end: int) -> None:
        """The same loop as hash_loop.c, for machines without a C compiler and for the first input of a job."""
        row, words, blob = self._row, self._words, self._blob
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

    def _flush(self) -> None:
        done = self._in_flight
        if done is not None:
            self._machine.last(self._machine.pointer, self._machine.hash_buffer)
            self._in_flight = None
            self._count(done)

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
            self._judge(done, result or self._machine.hash_buffer.raw)

    def _judge(self, done: _InFlight, result: bytes) -> None:
        """Hand on a result whose top word meets the target, if the whole of it does."""
        if int.from_bytes(result, "little") <= done.target:
            self._report(done.generation, done.nonce, result)
