"""Where the recorder reads on in the journal, and which files of it are not needed any more. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mining.telemetry.journal_files import (
    acknowledged_place,
    is_awaited,
    journal_folder,
    journal_names,
    read_chunk,
)

KEPT_BYTES = 32 << 20
"""Recorded files that stay, so that a database that was deleted is filled again with the shares of many weeks."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything before `offset` of `file`, and all files before it, is in rows. `file` "": nothing is."""

    file: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines to be recorded, and the place behind them. `torn` lines were never finished and never will be."""

    lines: list[bytes]
    end: Place
    torn: int


def next_piece(home: Path, place: Place) -> Piece | None:
    """The lines behind `place`; None when there are none yet. Raises OSError.

    A file that is missing, or shorter than was read of it, is no longer the one that was read: reading begins again
    with the oldest line. Lines that are in rows are known there by epoch and serial.
    """
    names = journal_names(home)  # before reading: a file with another one behind it is complete
    if not names:
        return None
    begin, torn = place, 0
    if place.file not in names:
        place = Place(names[0])
    while True:
        path = journal_folder(home) / place.file
        if path.stat().st_size < place.offset:
            place = Place(place.file)
        chunk = read_chunk(path, place.offset)
        if chunk.lines:
            return Piece(chunk.lines, Place(place.file, chunk.end), torn)
        later = names[names.index(place.file) + 1 :]
        if not later:
            return Piece([], place, torn) if place != begin else None  # so that `look_of` looks at the last file
        torn += bool(chunk.torn)
        place = Place(later[0])


def look_of(home: Path, place: Place) -> tuple[int, int] | None:
    """What changes when there is something to read behind `place`: two cheap looks at the disk, asked each second.

    None when nothing is known: then it must be read.
    """
    folder = journal_folder(home)
    try:
        return folder.stat().st_mtime_ns, (folder / place.file).stat().st_size
    except OSError:
        return None


def prune(home: Path, place: Place, kept_bytes: int = KEPT_BYTES) -> int:
    """Delete the oldest files that are wholly in rows, beyond `kept_bytes`; returns how many. Raises OSError.

    Where a console far away waits for the journal, what it has not acknowledged stays as well.
    """
    names = journal_names(home)
    read = [place.file, acknowledged_place(home)[0]] if is_awaited(home) else [place.file]
    if not all(file in names for file in read):
        return 0
    recorded = [journal_folder(home) / name for name in names[: min(names.index(file) for file in read)]]
    kept, deleted = 0, 0
    for path in reversed(recorded):
        kept += path.stat().st_size
        if kept > kept_bytes:
            path.unlink()
            deleted += 1
    return deleted
