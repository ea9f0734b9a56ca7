"""CandidatePipes: one pipe per slot, from its workers to us. Made here, so that a dead Host loses nothing found."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from mining.engine.crew.slots import Slot
from mining.engine.worker import CANDIDATE

_RECORDS_AT_ONCE = 64
_READS_AT_ONCE = 32  # a pipe holds 1024 records: this empties it, unless a worker goes on writing meanwhile


class CandidatePipes:
    """`on_candidate` gets (core, generation, nonce, hash, found at) of every record; the time is monotonic, s."""

    def __init__(self, on_candidate: Callable[[int, int, int, bytes, float], None]) -> None:
        self._on_candidate = on_candidate
        self._ends: dict[int, tuple[int, int]] = {}

    def open(self, slot: Slot) -> int:
        """Return the end that workers of `slot` write to; it is the same for all of them."""
        if slot.slot not in self._ends:
            read_fd, write_fd = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(read_fd, False)
            asyncio.get_running_loop().add_reader(read_fd, self.drain, slot)
            self._ends[slot.slot] = read_fd, write_fd
        return self._ends[slot.slot][1]

    def drain(self, slot: Slot) -> None:
        """Read what its workers have reported; bounded, since they may write faster than this reads."""
        if slot.slot not in self._ends:
            return
        read_fd, _ = self._ends[slot.slot]
        for _ in range(_READS_AT_ONCE):
            try:
                data = os.read(read_fd, CANDIDATE.size * _RECORDS_AT_ONCE)
            except BlockingIOError:
                return
            if not data:
                return
            for at in range(0, len(data), CANDIDATE.size):
                _, generation, nonce, result, found_ns = CANDIDATE.unpack_from(data, at)
                self._on_candidate(slot.core, generation, nonce, result, found_ns / 1e9)

    def close(self) -> None:
        """Close all of them."""
        for read_fd, write_fd in self._ends.values():
            asyncio.get_running_loop().remove_reader(read_fd)
            os.close(read_fd)
            os.close(write_fd)
        self._ends.clear()
