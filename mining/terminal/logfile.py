"""The log file: lines, private to the user (0600), cut into at most five files of 5 MB. Never stops mining."""

from __future__ import annotations

import os
from pathlib import Path

MAX_BYTES = 5_000_000
FILES = 5


class LogFile:
    """A LineWriter over `path`; when the file would pass `max_bytes` it becomes `path`.1, .1 becomes .2, and so on.

    A disk that is full or gone loses lines, not the miner: they are counted, and the count is written when the disk
    takes lines again.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, files: int = FILES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._files = files
        self._descriptor: int | None = None
        self._size = 0
        self.dropped_lines = 0

    def __call__(self, line: str) -> None:
        data = line.encode("utf-8", "replace") + b"\n"
        if self.dropped_lines:
            data = f"{self.dropped_lines} lines could not be written here.\n".encode() + data
        try:
            descriptor = self._opened()
            if self._size and self._size + len(data) > self._max_bytes:
                self._rotate()
                descriptor = self._opened()
            self._size += os.write(descriptor, data)  # unbuffered: a killed runner loses no line
        except OSError:
            self.dropped_lines += 1
            self.close()
            return
        self.dropped_lines = 0

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _opened(self) -> int:
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self.close()  # somebody deleted it: begin anew where it is looked for
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            os.fchmod(self._descriptor, 0o600)
            self._size = os.fstat(self._descriptor).st_size
        return self._descriptor

    def _rotate(self) -> None:
        self.close()
        for number in range(self._files - 2, -1, -1):
            newer = self._numbered(number)
            if newer.exists():
                newer.replace(self._numbered(number + 1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
