"""What keeps a recorder from its work, in words that a person can act on, said once when it begins and when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mining.errors import MinerConsoleError
from mining.program import set_up_command
from mining.services.console_database import database_name
from mining.telemetry.recorder.database import database_path

_SAY_LOCKED_AFTER_S = 3.0

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be recorded now; `code` is stable."""

    code: str
    sentence: str


_WORDS = (
    ("locked", ("locked", "lock timeout"), "is locked by another program", "Close what uses it."),
    (
        "certificate",
        ("certificate verify failed", "root certificate file", "does not match host name"),
        "shows a certificate that is not trusted here",
        "Name the file of its authority in DATABASE (?sslmode=verify-full&sslrootcert=FILE), and the host as the "
        "certificate does.",
    ),
    (
        "unreachable",
        (
            "connection refused",
            "could not connect",
            "connection timeout",
            "timeout expired",
            "could not translate host",
            "name or service not known",
            "name resolution",
            "no route to host",
            "network is unreachable",
            "connection timed out",
            "server closed the connection",
            "connection is closed",
            "connection is bad",
            "connection has been closed",
            "terminating connection",
            "consuming input failed",
            "no connection to the server",
            "connection already closed",
            "connection is lost",
            "ssl syscall",
        ),
        "does not answer",
        "Start PostgreSQL, or see whether it can be reached from here.",
    ),
    (
        "starting",
        ("starting up", "shutting down", "in recovery", "not yet accepting"),
        "is starting or stopping",
        "Wait for it.",
    ),
    (
        "crowded",
        ("too many connections", "too many clients", "connection slots"),
        "takes no more connections",
        "Raise max_connections of PostgreSQL, or end programs that use it.",
    ),
    (
        "refused",
        ("authentication failed", "no pg_hba.conf entry", "permission denied", 'role "'),
        "refuses the console",
        "Correct user and password in DATABASE, and what PostgreSQL allows that user.",
    ),
    ("missing", ('database "',), "does not exist", "Make it (createdb), or correct DATABASE."),
    ("full", ("disk is full", "no space", "quota"), "cannot grow: the disk is full", "Make room on it."),
    ("readonly", ("readonly", "read-only"), "cannot be written to", "Make the file and its folder writable."),
    ("unopenable", ("unable to open",), "cannot be opened", "See that its folder exists and is yours."),
    (
        "damaged",
        ("malformed", "not a database"),
        "is damaged",
        "Move the file away: a new one is made, and filled again from the journal.",
    ),
    (
        "outdated",
        ("no such table", "no such column", "has no column", 'relation "', 'column "'),
        "is of another version",
        f"Run {set_up_command()}.",
    ),
)


def trouble_of(error: Exception) -> Trouble:
    """What a person is told of an error that keeps the recorder from its work."""
    path = database_path()
    name = f"The console's database {path or database_name(Path())}"
    end = "Mining goes on; shares wait in the journal and are not lost."
    if isinstance(error, OSError):
        return Trouble("journal", f"The journal cannot be read ({error}). {end}")
    if isinstance(error, MinerConsoleError):
        return Trouble(error.code, f"{error.sentence.rstrip('.')}. {end}")
    said = str(error).lower()
    for code, words, what, next_step in _WORDS:
        if any(word in said for word in words):
            return Trouble(code, f"{name} {what}. {end} {next_step}")
    return Trouble("other", f"{name} does not take the rows ({type(error).__name__}: {str(error)[:200]}). {end}")


class TroubleLog:
    """Says when a trouble begins, when it is another one, and when it is over; a short lock is not worth a word."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._since: float | None = None
        self._told = ""
        self._recorded = 0

    @property
    def has_trouble(self) -> bool:
        """Whether the last step failed."""
        return self._since is not None

    def met(self, trouble: Trouble, now: float) -> None:
        """A step failed."""
        if self._since is None:
            self._since, self._recorded = now, 0
        is_worth_it = trouble.code != "locked" or now - self._since >= _SAY_LOCKED_AFTER_S
        if is_worth_it and trouble.code != self._told:
            self._told = trouble.code
            self._say("warning", trouble.sentence)

    def recorded(self, lines: int) -> None:
        """Lines that are in rows now."""
        self._recorded += lines

    def over(self, now: float) -> None:
        """A step succeeded."""
        if self._since is None:
            return
        if self._told:
            waited = now - self._since
            self._say(
                "info",
                f"The console's database takes rows again after {waited:.0f} s; "
                f"{self._recorded} events that had waited in the journal are recorded",
            )
        self._since, self._told = None, ""
