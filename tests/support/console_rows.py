"""The console's database of a home, as tests of real runs use it: made once, looked at from outside, caught up."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.prepared_home import DATABASE

REPOSITORY = Path(__file__).resolve().parents[2]
_WAIT_S = 200.0
_CATCH_UP = """
import sys
from pathlib import Path
import django
django.setup()
from mining.telemetry.recorder import Recorder
recorder = Recorder(Path(sys.argv[1]))
recorder.start(print)
sys.exit(not recorder.stop(150.0))
"""


def _environment(home: Path) -> dict[str, str]:
    settings = {"MINERCONSOLE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}
    return {**os.environ, **settings}


def catch_up(home: Path) -> None:
    """Have a recorder record what a run before it left in the journal, as the next start does."""
    environment = {**_environment(home), "DJANGO_LAYER": "rows"}
    command = [sys.executable, "-c", _CATCH_UP, str(home)]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=_WAIT_S)


def recorded_shares(home: Path) -> list[tuple[int, int, str]]:
    """(generation, nonce, outcome) of each share in rows, in order; empty while there are no tables."""
    question = "SELECT generation, nonce, outcome FROM mining_share ORDER BY id"
    try:
        with contextlib.closing(sqlite3.connect(f"file:{home / DATABASE}?mode=ro", uri=True, timeout=5.0)) as link:
            return [(row[0], int(row[1], 16), row[2]) for row in link.execute(question)]
    except sqlite3.OperationalError:
        return []


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the write lock of the database inside the block."""
    with contextlib.closing(sqlite3.connect(home / DATABASE, isolation_level=None, timeout=30.0)) as link:
        link.execute("BEGIN IMMEDIATE")
        yield
        link.execute("ROLLBACK")
