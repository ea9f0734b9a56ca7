"""The files of a Node's journal: how they are named, in which order they are read, and what one line is.

`HOME/journal/NNNNNNNN-EPOCH.jsonl`: NNNNNNNN counts the files up, EPOCH is the Supervisor's start. The number decides
the order, because a computer without a battery clock may start in the past. A line is whole when it ends with a line
feed. Owns no thread and no database.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

FOLDER = "journal"
ACKNOWLEDGED = "acknowledged"
"""File beside the journal of a fleet's Node: `file:offset` up to which the console has it. Without it nobody waits."""
_NAME = re.compile(r"(\d{8,})-([0-9A-Za-z]{1,26})\.jsonl")
_CHUNK = 1 << 20
_LATEST_S = 7.0e9  # a clock beyond the year 2190 is wrong


class JournalLine(msgspec.Struct, frozen=True):
    """One event of a Node. `serial` counts up within the epoch, `at` is its clock, Unix seconds, `told` the event."""

    epoch: Annotated[str, msgspec.Meta(min_length=1, max_length=26)]
    serial: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
    at: Annotated[float, msgspec.Meta(ge=0.0, le=_LATEST_S)]
    told: dict[str, object]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of one file, each without its line feed. `end` is the offset behind the last of them. `torn` bytes
    follow it that are not a whole line (yet)."""

    lines: list[bytes]
    end: int
    torn: int


def journal_folder(home: Path) -> Path:
    """Where the journal of a home lies."""
    return home / FOLDER


def file_name(number: int, epoch: str) -> str:
    """The name of the file `number` of an epoch."""
    return f"{number:08d}-{epoch}.jsonl"


def number_of(name: str) -> int:
    """The number in a file's name; -1 for a name that is none of ours."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else -1


def journal_names(home: Path) -> list[str]:
    """The journal's files in the order in which they were written; empty without a folder. Raises OSError."""
    try:
        names = os.listdir(journal_folder(home))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((name for name in names if number_of(name) >= 0), key=lambda name: (number_of(name), name))


def is_awaited(home: Path) -> bool:
    """Whether a console far away waits for this journal."""
    return (journal_folder(home) / ACKNOWLEDGED).exists()


def acknowledged_place(home: Path) -> tuple[str, int]:
    """File and offset up to which the console far away has the journal; the beginning when that is not known."""
    try:
        file, _, offset = (journal_folder(home) / ACKNOWLEDGED).read_text(encoding="ascii").strip().rpartition(":")
        return file, max(0, int(offset))
    except (OSError, ValueError):
        return "", 0


def read_chunk(path: Path, offset: int, limit: int = _CHUNK) -> Chunk:
    """Read the whole lines of `path` from `offset` on, about `limit` bytes of them. Raises OSError.

    A single line that is longer than `limit` is read whole.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(limit)
        end = data.rfind(b"\n") + 1
        while not end and len(data) % limit == 0 and data:
            more = file.read(limit)
            if not more:
                break
            data += more
            end = data.rfind(b"\n") + 1
    return Chunk(data[:end].split(b"\n")[:-1], offset + end, len(data) - end)


def decode_line(line: bytes) -> JournalLine | None:
    """Decode one line; None when it is none."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def journal_lines(home: Path) -> Iterator[JournalLine]:
    """Every readable line of the journal in order. Raises OSError."""
    for name in journal_names(home):
        offset = 0
        while (chunk := read_chunk(journal_folder(home) / name, offset)).lines:
            offset = chunk.end
            yield from (line for line in map(decode_line, chunk.lines) if line is not None)


_DECODER = msgspec.json.Decoder(JournalLine)
