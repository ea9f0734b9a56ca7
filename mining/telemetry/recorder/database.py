"""The console's database as the recorder's thread uses it: noticed when it is deleted, and made anew."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from django.db import connection

from mining.child_environment import child_environment
from mining.errors import MinerConsoleError
from mining.home import VARIABLE
from mining.program import program_name
from mining.services.console_database import database_name

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

        SQLite goes on writing into a file that was deleted: the file behind the name is compared each time. PostgreSQL
        keeps nobody in a database that is gone, so there a new connection is asked which one it is.
        `was_deleted` tells whether it is another one than before.
        """
        path = database_path()
        is_same = path is None or self._known is None or self._known == _identity(path)
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
        _wait_for_locks_shortly()
        if not _has_tables():
            raise MinerConsoleError(
                f"The console's database {path or database_name(self._home)} has no tables and they could not be made",
                next_step=f"Run {program_name()} migrate to see why.",
                code="no_tables",
            )
        known = _identity(path)
        self.was_deleted = self.was_deleted or (path is None and self._known not in (None, known))
        self._known, self._is_open = known, True
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
    """Device and number of the file, or PostgreSQL's number of the database; (0, 0) when there is none."""
    if path is None:
        return 0, _object_number()
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_dev, found.st_ino


def _object_number() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _wait_for_locks_shortly() -> None:
    """A step that meets a lock is done again soon; meanwhile somebody may be told why nothing is recorded."""
    said = {"sqlite": f"PRAGMA busy_timeout={_BUSY_MS}", "postgresql": f"SET lock_timeout={_BUSY_MS}"}
    with connection.cursor() as cursor:
        cursor.execute(said[connection.vendor])


def _has_tables() -> bool:
    return _PROBE_TABLE in connection.introspection.table_names()
