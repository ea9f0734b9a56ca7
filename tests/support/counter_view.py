"""The counter board of a running Supervisor, read from outside: what the workers do, to the nanosecond, at no cost."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Self

from mining.engine.boards import COUNTER_WORDS, Counter

_NAME = "/memfd:minerconsole-counters"


class CounterView:
    """Rows of the counter board. It stays readable after the Supervisor has ended."""

    def __init__(self, supervisor: int) -> None:
        fd = _open_board(supervisor)
        try:
            self._map = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)
        self._words = memoryview(self._map).cast("Q")
        self._slots = {core: slot for slot, core in enumerate(sorted(os.sched_getaffinity(0)))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._words.release()
        self._map.close()

    def read(self, core: int, counter: Counter) -> int:
        """One word of a core's row."""
        return self._words[self._slots[core] * COUNTER_WORDS + counter]

    def hashes(self, core: int) -> int:
        """Hashes of a core since its board was made."""
        return self.read(core, Counter.HASHES)

    def worker(self, core: int) -> int:
        """Process id of the core's newest worker."""
        return self.read(core, Counter.PID)

    def last_hash_s(self, core: int) -> float:
        """Monotonic time of the core's last finished hash."""
        return self.read(core, Counter.LAST_HASH_NS) / 1e9


def _open_board(supervisor: int) -> int:
    folder = Path(f"/proc/{supervisor}/fd")
    for entry in os.listdir(folder):
        try:
            if os.readlink(folder / entry).startswith(_NAME):
                return os.open(folder / entry, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
    raise AssertionError(f"process {supervisor} holds no counter board")
