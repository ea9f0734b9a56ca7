"""The recorder of a console in a process of its own, on a real PostgreSQL, and its rows as seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.postgres import Postgres
from tests.support.with_the_tests import ends_with_the_tests

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "minerconsole_template"
_PROGRAM = """
import os, sys
from pathlib import Path
import django
django.setup()
from mining.telemetry.recorder.fleet_recorder import FleetRecorder
home, broker = Path(os.environ["MINERCONSOLE_HOME"]), os.environ["BROKER"]
recorder = FleetRecorder(home, broker, history_every_s=float(sys.argv[1]))
recorder.start(lambda level, sentence: print(sentence, flush=True))
sys.stdin.read()
sys.exit(0 if recorder.stop(10.0) else 1)
"""


class FleetConsole:
    """`home` of the console, its database and the broker. `start` and `kill` are of its recorder."""

    def __init__(self, home: Path, postgres: Postgres, database: str, broker: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.postgres, self.database, self.broker = home, postgres, database, broker
        self.history_every_s = 1.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Of its processes."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "minerconsole.settings",
            "DJANGO_LAYER": "rows",
            "MINERCONSOLE_HOME": str(self.home),
            "MINERCONSOLE_DATABASE": self.postgres.url(self.database),
            "BROKER": self.broker,
        }

    @property
    def pid(self) -> int:
        """Of the recorder."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the recorder."""
        with (self.home / "said").open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(self.history_every_s)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=ends_with_the_tests(),
            )

    def stop(self) -> int:
        """End it in order; returns its exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.communicate(timeout=20.0)
        return process.returncode

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.communicate()

    @property
    def said(self) -> str:
        """All that it said."""
        return (self.home / "said").read_text()

    def add_node(self, ulid: str, name: str) -> None:
        """A row for a Node far away, as joining makes it."""
        self.tell(
            "INSERT INTO mining_node (ulid, name, public_key, is_local, hardware, version, registered_at, "
            f"followed_version, pins) VALUES ('{ulid}', '{name}', '', false, '{{}}', '', now(), 0, '{{}}')"
        )

    def tell(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the rows."""
        return self.postgres.tell(statement, self.database)

    def outcomes(self, ulid: str) -> dict[str, int]:
        """Shares of a Node by outcome."""
        rows = self.tell(
            "SELECT outcome, count(*) FROM mining_share JOIN mining_node ON mining_node.id = node_id "
            f"WHERE ulid = '{ulid}' GROUP BY outcome"
        )
        return {str(outcome): int(count) for outcome, count in rows}

    def nonces(self, ulid: str) -> list[int]:
        """The nonces of all shares of a Node, in the order in which they were told."""
        rows = self.tell(
            "SELECT nonce FROM mining_share JOIN mining_node ON mining_node.id = node_id "
            f"WHERE ulid = '{ulid}' ORDER BY epoch, serial"
        )
        return [int(str(nonce), 16) for (nonce,) in rows]


def make_template(postgres: Postgres, home: Path) -> None:
    """Make the tables once, as the product makes them; databases of tests are copies."""
    url = postgres.create_database(TEMPLATE)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "minerconsole.settings", "MINERCONSOLE_HOME": str(home)}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"], cwd=ROOT, check=True, timeout=200,
        env={**environment, "MINERCONSOLE_DATABASE": url},
    )  # fmt: skip


@contextmanager
def fleet_console(
    home: Path, postgres: Postgres, database: str, broker: str, *, history_every_s: float = 1.0
) -> Iterator[FleetConsole]:
    """A console whose recorder runs; ended at the end."""
    postgres.create_database(database, TEMPLATE)
    console = FleetConsole(home, postgres, database, broker)
    console.history_every_s = history_every_s
    console.start()
    try:
        yield console
    finally:
        console.kill()
