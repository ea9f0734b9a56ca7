"""Reads the log file from where a reader was: over rotations and deletions, in pieces that are bounded. Never writes.

A place is "inode-offset-sum": inodes are used again, so the sum of the file's first bytes tells whether it is the same
file. One that became `.1` is read to its end before the new one; one that is gone, or is further on than the bound, is
given up with a word about it.
"""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mining.terminal.concealing import conceal
from mining.terminal.text import clean

MOST_LINES = 1000
MOST_BYTES = 1 << 20  # read at once
FURTHEST_BYTES = 8 << 20  # behind the end: who is further behind begins at the end again
LONGEST_LINE = 2000
_LONGEST_SECRET = 200  # read beyond the longest line, so that none is cut before it is recognised
Level = Literal["info", "warning", "error"]
_HEAD_BYTES = 64
_PLACE = re.compile(r"([0-9]{1,20})-([0-9]{1,18})-([0-9]{1,10})")
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)  (\S+)\s+(?:(WARNING|ERROR) )?(.*)", re.DOTALL)
_LEVELS: dict[str | None, Level] = {None: "info", "WARNING": "warning", "ERROR": "error"}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `at` as it is written, in this computer's zone; without `at` it belongs to the line above."""

    at: str
    topic: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class LogPart:
    """What was read. `place`: where to go on, "" without a file; `is_more`: there is more at once.

    `gap`: "" , or why lines are missing before these: `begun` (first reading of a long file), `behind`, `gone`.
    """

    lines: tuple[LogLine, ...]
    place: str
    is_more: bool = False
    gap: Literal["", "begun", "behind", "gone"] = ""


def read_log(path: Path, *, after: str = "", most: int = MOST_LINES) -> LogPart:
    """Read at most `most` lines after the place `after`, or the last ones. A missing file is an empty part."""
    found = _PLACE.fullmatch(after)
    here = _Piece.open(path)
    if found is None:
        return _last(here, most, "") if here is not None else LogPart((), "")
    offset = int(found[2])
    if here is not None and here.is_at(after, offset):
        return _following(here, offset, most)
    if here is not None:
        here.close()
    older = _Piece.open(path.with_name(f"{path.name}.1"))
    if older is not None and older.is_at(after, offset):
        return _rest_of_older(older, offset, path, most)
    if older is not None:
        older.close()
    here = _Piece.open(path)
    return _last(here, most, "gone") if here is not None else LogPart((), "", gap="gone" if after else "")


def log_line(text: str) -> LogLine:
    """Take a line of the file apart; secrets are left out and what is not printable is replaced."""
    text = conceal(clean(text[: LONGEST_LINE + _LONGEST_SECRET]))[:LONGEST_LINE]
    found = _LINE.fullmatch(text)
    if found is None:
        return LogLine("", "", "info", text)
    return LogLine(found[1], found[2], _LEVELS[found[3]], found[4])


@dataclass(slots=True)
class _Piece:
    """An open log file."""

    descriptor: int
    inode: int
    size: int

    @classmethod
    def open(cls, path: Path) -> _Piece | None:
        """None where there is no file that can be read; a link is none."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        facts = os.fstat(descriptor)
        return cls(descriptor, facts.st_ino, facts.st_size)

    def read(self, offset: int, size: int) -> bytes:
        """Bytes from `offset`; fewer, or none, at the end or when the disk does not answer."""
        try:
            return os.pread(self.descriptor, size, offset)
        except OSError:
            return b""

    def place(self, offset: int) -> str:
        """The place after `offset` bytes."""
        return f"{self.inode}-{offset}-{zlib.crc32(self.read(0, min(offset, _HEAD_BYTES)))}"

    def is_at(self, place: str, offset: int) -> bool:
        """Whether a place with this offset is one of this file."""
        return self.size >= offset and self.place(offset) == place

    def close(self) -> None:
        """Let the file go."""
        os.close(self.descriptor)


def _last(piece: _Piece, most: int, gap: Literal["", "gone"]) -> LogPart:
    """The last lines of a file, and nothing when none is whole yet."""
    start = max(0, piece.size - MOST_BYTES)
    data = piece.read(start, piece.size - start)
    whole = data[: data.rfind(b"\n") + 1]
    place = piece.place(start + len(whole))
    piece.close()
    lines = whole.splitlines()
    is_cut = start > 0 or len(lines) > most
    kept = lines[-most:] if start == 0 or len(lines) > most else lines[1:]
    return LogPart(_read(kept), place, gap=gap or ("begun" if is_cut else ""))


def _following(piece: _Piece, offset: int, most: int) -> LogPart:
    """What came after `offset`; from the end, with a word, when that is too much."""
    if piece.size - offset > FURTHEST_BYTES:
        last = _last(piece, most, "")
        return LogPart(last.lines, last.place, gap="behind")
    part = _part(piece, offset, most)
    piece.close()
    return part


def _part(piece: _Piece, offset: int, most: int) -> LogPart:
    data = piece.read(offset, MOST_BYTES)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) == MOST_BYTES:
        whole = data  # a line without an end: given piece by piece rather than never
    lines = whole.splitlines(keepends=True)
    taken = lines[:most]
    end = offset + sum(map(len, taken))
    is_more = len(lines) > most or len(data) == MOST_BYTES
    return LogPart(_read([line.rstrip(b"\r\n") for line in taken]), piece.place(end), is_more)


def _rest_of_older(older: _Piece, offset: int, path: Path, most: int) -> LogPart:
    """What is left of the file that was rotated; at its end the place is the beginning of the new one."""
    part = _part(older, offset, most)
    older.close()
    here = _Piece.open(path)
    if part.is_more or here is None:
        return part
    beginning = here.place(0)
    here.close()
    return LogPart(part.lines, beginning, is_more=True)


def _read(lines: list[bytes]) -> tuple[LogLine, ...]:
    return tuple(log_line(line.decode("utf-8", "replace")) for line in lines)
