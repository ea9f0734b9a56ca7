"""NativeRounds: a RandomX worker's rounds through the C hash loop. Fills its structure; decides nothing.

Between two rounds the caller looks at what stopped the loop: a result that may meet the target, a rest that is due, or
the board. The input in flight stays in the blob buffer, as in the Python loop.
"""

from __future__ import annotations

import ctypes

from mining.algorithms.randomx.library import HASH_BYTES, RandomXLibrary, VirtualMachine
from mining.engine.boards import COUNTER_WORDS, GENERATION_AT, BoardJob, CounterBoard, WorkBoard
from mining.engine.worker import CPU_EVERY_NS
from mining.native.hash_loop import LoopEnd, LoopState, NativeLoop
from mining.native.randomx_kernel import KernelMachine


class NativeRounds:
    """The loop of one slot on one machine."""

    def __init__(
        self,
        loop: NativeLoop,
        *,
        library: RandomXLibrary,
        machine: VirtualMachine | KernelMachine,
        work: WorkBoard,
        counters: CounterBoard,
        slot: int,
    ) -> None:
        self._loop = loop
        self._commitment = ctypes.create_string_buffer(HASH_BYTES) if machine.is_v2 else machine.hash_buffer
        state = self._state = LoopState()
        state.board = work.address
        state.row = counters.address + slot * COUNTER_WORDS * 8
        state.next = ctypes.cast(machine.next, ctypes.c_void_p).value
        if machine.is_v2:
            state.commitment = ctypes.cast(library.c.randomx_calculate_commitment, ctypes.c_void_p).value
        state.machine = machine.pointer
        state.hash = ctypes.addressof(machine.hash_buffer)
        state.result = ctypes.addressof(self._commitment)
        state.generation_at = GENERATION_AT
        state.command_at = work.command_at(slot)
        state.intensity_at = state.command_at + 1
        state.cpu_every_ns = CPU_EVERY_NS

    def begin(
        self,
        job: BoardJob,
        blob: ctypes.Array[ctypes.c_char],
        *,
        command: int,
        percent: int,
        cursor: int,
        end: int,
        in_flight: int,
    ) -> None:
        """Take a lease: nonces [cursor, end) of `job`, with the nonce `in_flight` of the same job started already."""
        state = self._state
        state.blob, state.blob_bytes = ctypes.addressof(blob), len(job.blob)
        state.nonce_offset, state.nonce_bytes = job.nonce_offset, job.nonce_size
        state.generation, state.command, state.intensity = job.generation, command, percent
        state.cursor, state.end, state.in_flight = cursor, end, in_flight
        state.target_top = job.target >> 192

    def run(self) -> LoopEnd:
        """Hash until something has to be decided."""
        return self._loop.run(self._state)

    @property
    def in_flight(self) -> int:
        """The nonce whose hash comes next."""
        return int(self._state.in_flight)

    @property
    def done(self) -> tuple[int, bytes]:
        """The nonce of the last finished hash, and its 32-byte result."""
        return int(self._state.done), self._commitment.raw
