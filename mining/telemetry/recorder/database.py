"""The console's database as the recorder's thread uses it: noticed when it is deleted, made anew, troubles in words."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from mining.child_environment import child_environment
from mining.errors import MinerConsoleError
from mining.home import VARIABLE
from mining.program import program_name, set_up_command

_PROBE_TABLE = "mining_journalposition"
_BUSY_MS = 1000
_MIGRATE_S = 300.0


class ConsoleDatabase:
    """Call everything from one thread; the connection is this thread's own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: tuple[int, int] | None = None
        self._is_open = False
        self._migration: subprocess.Popen[bytes] | None = None
        self.was_deleted = False

    def ensure(self) -> bool:
        """Have a database with tables; True when the connection is a new one. Raises what stands in the way.

        SQLite goes on writing into a file that was deleted: the file behind the name is compared each time.
        `was_deleted` tells whether it is another one than before.
        """
        path = database_path()
        is_same = self._known is None or self._known == _identity(path)
        if self._is_open and is_same:
            return False
        self.was_deleted = self.was_deleted or not is_same
        self.close()
        if path is not None and not path.exists():
            for leftover in (f"{path}-wal", f"{path}-shm"):
                Path(leftover).unlink(missing_ok=True)
            self._migrate()
        elif not _has_tables():
            self.close()
            self._migrate()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if not _has_tables():
            raise MinerConsoleError(
                f"The console's database {path or ''} has no tables and they could not be made",
                next_step=f"Run {program_name()} migrate to see why.",
                code="no_tables",
            )
        self._known, self._is_open = _identity(path), True
        return True

    def close(self) -> None:
        """Let go of the connection; the next use opens another one."""
        self._is_open = False
        with contextlib.suppress(Exception):  # a broken connection is no reason not to open a new one
            connection.close()

    def end_migration(self) -> None:
        """From any thread: do not wait for tables any longer."""
        migration = self._migration
        if migration is not None and migration.poll() is None:
            migration.terminate()

    def _migrate(self) -> None:
        """Make the tables, in a process of its own: this one knows a part of the console only (LAYER)."""
        command = [sys.executable, "-m", "minerconsole", "migrate", "--no-input", "--verbosity=0"]
        environment = child_environment(**{VARIABLE: str(self._home)})
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet) as process:
            self._migration = process
            try:
                process.wait(_MIGRATE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._migration = None
        if (path := database_path()) is not None:
            with contextlib.suppress(OSError):
                path.chmod(0o600)


def database_path() -> Path | None:
    """The file of an SQLite database; None where there is no file."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return None
    return Path(connection.settings_dict["NAME"])


def _identity(path: Path | None) -> tuple[int, int]:
    """Device and number of the file; (0, 0) when there is none."""
    try:
        found = path.stat() if path is not None else None
    except FileNotFoundError:
        found = None
    if found is None:
        return 0, 0
    return found.st_dev, found.st_ino


def _has_tables() -> bool:
    return _PROBE_TABLE in connection.introspection.table_names()


# --- troubles ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be recorded now; `code` is stable."""

    code: str
    sentence: str


_WORDS = (
    ("locked", ("locked",), "is locked by another program", "Close what uses it."),
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
        ("no such table", "no such column", "has no column"),
        "is of another version",
        f"Run {set_up_command()}.",
    ),
)


def trouble_of(error: Exception) -> Trouble:
    """What a person is told of an error that keeps the recorder from its work."""
    path = database_path()
    name = f"The console's database {path}" if path is not None else "The console's database"
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
