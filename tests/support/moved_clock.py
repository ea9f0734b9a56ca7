"""The clock of a miner, moved while it runs: all its processes are told another time of day.

What counts seconds or processor time goes on as it is, as on a computer whose clock is set. (libfaketime has no answer
for the processor time of a thread, which the workers ask for.)
"""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from tests.support.mine import clean_environment

_SOURCE = Path(__file__).with_suffix(".c")


class MovedClock:
    """One that is right until it is moved. `folder` keeps what it needs."""

    def __init__(self, folder: Path) -> None:
        self._file, self._library = folder / "clock", folder / "moved_clock.so"
        self._file.write_bytes(struct.pack("q", 0))
        words = ("cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(_SOURCE), "-o", str(self._library), "-ldl")
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def move(self, seconds: int) -> None:
        """Set the clock so many seconds ahead of the right time, or after it, for all at once."""
        with self._file.open("r+b") as place:
            place.write(struct.pack("q", seconds))

    @property
    def environment(self) -> dict[str, str]:
        """For a process, and all that it starts."""
        return clean_environment(LD_PRELOAD=str(self._library), MOVED_CLOCK=str(self._file))
