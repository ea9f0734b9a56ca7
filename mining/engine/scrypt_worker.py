"""The Core worker of Scrypt: its machine scans a lease for hashes up to the target (scan.c), group of lanes by group.

Nothing is in flight between two scans: every group is counted and looked through before the board is looked at.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from mining.engine.boards import COUNTER_WORDS, GENERATION_AT, BoardJob, Counter, Lease, Probe
from mining.engine.memory import huge_pages_under
from mining.engine.scrypt_judge import Machine, plain_machine
from mining.engine.worker import CPU_EVERY_NS, Worker, WorkerContext
from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_kernel import HEADER_BYTES, ScanState, ScryptKernel, ScryptMachine, computes_known_answer

_FULL_INTENSITY = 100


@dataclass(frozen=True, slots=True)
class ScryptParts:
    """What the Host's memory hands to its workers. `scratchpad_limit`: bytes that one core may take;
    `most_lanes`: no wider kernel than this, 0 for the widest."""

    n: int
    kernel: ScryptKernel | None
    scratchpad_limit: int
    most_lanes: int
    wants_huge_pages: bool


def probe_header(data: bytes) -> bytes:
    """Return the 80-byte header that stands for the 32 bytes of a probe."""
    return (data * 3)[:HEADER_BYTES]


class ScryptWorker(Worker):
    """The scan of one slot."""

    def __init__(self, context: WorkerContext, parts: ScryptParts, slot: int, candidate_fd: int) -> None:
        super().__init__(context, slot, candidate_fd)
        self._parts = parts
        self._header = ctypes.create_string_buffer(HEADER_BYTES)
        self._machine: Machine | None = None
        self._state = ScanState(
            board=context.work.address,
            row=context.counters.address + slot * COUNTER_WORDS * 8,
            header=ctypes.addressof(self._header),
            generation_at=GENERATION_AT,
            command_at=self._command_at,
            intensity_at=self._command_at + 1,
            cpu_every_ns=CPU_EVERY_NS,
        )
        self._choose_machine()

    # --- machines ---------------------------------------------------------------------------------------------

    @property
    def _has_kernel(self) -> bool:
        return self._parts.kernel is not None

    def _use_kernel(self) -> None:
        parts = self._parts
        assert parts.kernel is not None
        self._machine = ScryptMachine(
            parts.kernel,
            parts.n,
            most_lanes=parts.most_lanes,
            memory_bytes=parts.scratchpad_limit,
            wants_huge_pages=parts.wants_huge_pages,
        )

    def _use_fallback(self) -> None:
        if self._machine is not None:
            self._machine.destroy()
            self._row[Counter.HUGE_SCRATCHPAD] = 0
        parts = self._parts
        self._machine = plain_machine(parts.n, parts.kernel, memory_bytes=parts.scratchpad_limit)

    def _reproduces(self, probe: Probe) -> bool:
        """Every lane must compute Litecoin's genesis block, and the machine the probe."""
        machine = self._machine
        assert machine is not None
        if not computes_known_answer(machine) or machine.hash(probe_header(probe.data)) != probe.expected:
            return False
        if isinstance(machine, ScryptMachine):  # its scratchpad has been written by now
            self._row[Counter.HUGE_SCRATCHPAD] = huge_pages_under(machine.scratchpad_at, machine.scratchpad_bytes)
        return True

    def _kernel_passed(self) -> None:
        """Nothing depends on where a memory lies."""

    # --- jobs and leases --------------------------------------------------------------------------------------

    def _begin_job(self, job: BoardJob) -> None:
        if len(job.blob) == HEADER_BYTES:
            ctypes.memmove(self._header, job.blob, HEADER_BYTES)
        self._state.set_target(job.target)
        self._state.unchecked = 0

    def _is_memory_for(self, job: BoardJob) -> bool:
        return job.epoch == self._context.epoch and len(job.blob) == HEADER_BYTES

    def _hash_lease(self, job: BoardJob, lease: Lease, word: int, percent: int) -> None:
        state, machine = self._state, self._machine
        assert machine is not None
        state.generation, state.command, state.intensity = job.generation, word, percent
        state.cursor, state.end, state.unchecked = self._row[Counter.CURSOR], lease.end, 0
        ending = None
        while ending is not LoopEnd.ENDED:
            ending = machine.scan(state)
            if ending is LoopEnd.CANDIDATE:
                self._report(job.generation, *state.found)
            if percent < _FULL_INTENSITY:
                self._take_rest(word, percent)

    def _flush(self) -> None:
        """Nothing is in flight between two scans."""
