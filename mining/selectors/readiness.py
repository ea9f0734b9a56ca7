"""Whether what the console stands on works: database, miner, and the way of the journal into the rows.

The sentences are for strangers too (`/readyz`): they name no path, address or person.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import Error

from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.models import JournalPosition, Node
from mining.telemetry.journal_files import decode_line
from mining.telemetry.journal_tail import Place, next_piece

LATE_S = 60.0
"""The recorder reads each second; what waits for a minute waits for somebody."""
_ASK_S = 2.0


@dataclass(frozen=True, slots=True)
class Dependency:
    """One of them; `sentence` says what is wrong, or that nothing is."""

    name: str
    is_ok: bool
    sentence: str


def dependency_list(home: Path, *, clock: Callable[[], float] = time.time) -> list[Dependency]:
    """Look at each of them now; takes at most some seconds and raises nothing."""
    return [_database(), _miner(home), _journal(home, clock())]


def _database() -> Dependency:
    try:
        Node.objects.exists()
    except Error as error:
        return Dependency("database", False, f"It does not answer ({error.__class__.__name__}).")
    return Dependency("database", True, "It answers.")


def _miner(home: Path) -> Dependency:
    try:
        request(home, "status", timeout_s=_ASK_S)
    except NotRunningError:
        return Dependency("miner", False, "It is not running.")
    except (MinerConsoleError, OSError, ValueError):
        return Dependency("miner", False, "It runs, but did not answer as it should.")
    return Dependency("miner", True, "It answers on its control socket.")


def _journal(home: Path, now: float) -> Dependency:
    """Judge by the age of the oldest line that is not in rows yet."""
    try:
        position = JournalPosition.objects.filter(node__is_local=True).first()
        place = Place(position.file, position.offset) if position is not None else Place()
        piece = next_piece(home, place)
    except (Error, OSError) as error:
        return Dependency("journal", False, f"It cannot be compared with the rows ({error.__class__.__name__}).")
    line = next((line for line in map(decode_line, piece.lines) if line is not None), None) if piece else None
    if line is None:
        return Dependency("journal", True, "All of it is in rows.")
    age_s = now - line.at
    if age_s < LATE_S:
        return Dependency("journal", True, "It is being recorded.")
    return Dependency("journal", False, f"What happened {age_s:.0f} s ago is not in rows yet: is the recorder running?")
