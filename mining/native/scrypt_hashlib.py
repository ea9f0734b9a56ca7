"""The Scrypt machine without our C kernels: the same calls over hashlib.scrypt, one header at a time."""

from __future__ import annotations

import ctypes
import hashlib
import time

from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_kernel import (
    HASH_BYTES,
    HEADER_BYTES,
    NONCE_OFFSET,
    ScanState,
    check_header,
    check_n,
    check_range,
    no_memory,
    scratchpad_bytes,
)

MOST_N = 1 << 15  # OpenSSL refuses more for r = 1, as RFC 7914 (chapter 6) does
_OVERHEAD_BYTES = 1 << 16
_CURSOR, _HASHES, _LAST_HASH_NS, _BEAT_NS, _CPU_NS, _XOR, _FIRST_HASH_NS = 0, 1, 2, 3, 10, 11, 15
_ROW_WORDS = 16
_FULL_INTENSITY = 100


class HashlibMachine:
    """hashlib.scrypt with the interface of ScryptMachine.

    Raises ValueError for an N that it does not have, MemoryError where its memory would be more than `memory_bytes`.
    """

    kernel_name = "hashlib"
    lanes = 1

    def __init__(self, n: int, *, memory_bytes: int | None = None) -> None:
        check_n(n)
        if n > MOST_N:
            raise ValueError(f"hashlib.scrypt has no N of {n} for r = 1 (at most {MOST_N}); install a C compiler")
        needed = scratchpad_bytes(n, 1)
        if memory_bytes is not None and needed > memory_bytes:
            raise no_memory(n, f"its scratchpad needs {needed} bytes, and {memory_bytes} are free")
        self.n = n
        self._most_bytes = needed + _OVERHEAD_BYTES

    def like(self, n: int) -> HashlibMachine:
        """Return a machine for `n`."""
        return HashlibMachine(n)

    def hash(self, header: bytes, lane: int = 0) -> bytes:
        """Return the 32-byte hash of an 80-byte header; there is one lane."""
        check_header(header)
        return hashlib.scrypt(header, salt=header, n=self.n, r=1, p=1, maxmem=self._most_bytes, dklen=HASH_BYTES)

    def scan(self, state: ScanState) -> LoopEnd:
        """The loop of scan.c with one lane."""
        check_range(state)
        board = ctypes.cast(state.board, ctypes.POINTER(ctypes.c_uint64))
        row = (ctypes.c_uint64 * _ROW_WORDS).from_address(state.row)
        header = bytearray(ctypes.string_at(state.header, HEADER_BYTES))
        target = sum(word << 64 * index for index, word in enumerate(state.target))
        while (
            state.cursor < state.end
            and board[state.generation_at] == state.generation
            and board[state.command_at] == state.command
            and board[state.intensity_at] == state.intensity
        ):
            nonce = state.cursor
            header[NONCE_OFFSET:] = nonce.to_bytes(4, "little")
            state.cursor = row[_CURSOR] = nonce + 1
            result = self.hash(bytes(header))
            _count(state, row, result)
            if int.from_bytes(result, "little") <= target:
                state.nonce = nonce
                state.result[:] = list(result)
                return LoopEnd.CANDIDATE
            if state.intensity < _FULL_INTENSITY:
                return LoopEnd.REST
        return LoopEnd.ENDED

    def destroy(self) -> None:
        """Nothing to free: each hash has its own scratchpad."""


def _count(state: ScanState, row: ctypes.Array[ctypes.c_uint64], result: bytes) -> None:
    now = time.monotonic_ns()
    row[_HASHES] += 1
    if not row[_FIRST_HASH_NS]:
        row[_FIRST_HASH_NS] = now
    row[_LAST_HASH_NS] = row[_BEAT_NS] = now
    if now - state.cpu_at_ns > state.cpu_every_ns:
        state.cpu_at_ns = now
        row[_CPU_NS] = time.thread_time_ns()
    row[_XOR] ^= int.from_bytes(result[24:], "little")
