"""A throw-away PostgreSQL cluster on a free loopback port: made, started, stopped by its process id, deleted.

PostgreSQL refuses to run as root: then it runs as Debian's system user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.monerod import free_ports
from tests.support.with_the_tests import ends_with_the_tests

USER, PASSWORD = "console", "sesame-of-the-tests"
_START_S, _STOP_S = 60.0, 20.0
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # the computer does not lose power in a test
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_size": "64MB",
    "log_min_messages": "warning",
}


@dataclass
class Postgres:
    """One cluster. `more`: settings beside those of every test."""

    folder: Path
    port: int
    programs: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    links: dict[str, Any] = field(default_factory=dict, repr=False)
    more: dict[str, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        """The address as the console's configuration takes it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the cluster's files; its one role needs the password."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        shutil.chown(secret, *_account()) if os.geteuid() == 0 else None
        words = ["-D", str(self._data), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "--no-sync"]
        done = subprocess.run(
            [str(self.programs / "initdb"), *words, "-E", "UTF8", "--locale=C.UTF-8"],
            capture_output=True, text=True, timeout=_START_S, **_as_somebody(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = [f"-c{name}={value}" for name, value in (_SETTINGS | self.more).items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self._data, f"-p{self.port}", f"-k{self.folder}", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=ends_with_the_tests(),
                **_as_somebody(),
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while not self._is_answering():
            assert self.process.poll() is None, f"postgres ended with {self.process.returncode}: {self._log_tail()}"
            assert time.monotonic() < deadline, f"postgres does not answer: {self._log_tail()}"
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it: connections are cut at once. SIGQUIT: as a crash. Stopping twice does nothing."""
        for database in list(self.links):
            self.links.pop(database).close()
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database and return its address."""
        if template in self.links:  # nobody may be connected to what is copied
            self.links.pop(template).close()
        self.tell(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def tell(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows. The connection is kept: making one costs more than an answer."""
        import psycopg  # of the extra `fleet`; who has no PostgreSQL tests needs none

        link = self.links.pop(database, None) or psycopg.connect(
            self.url(database), autocommit=True, connect_timeout=10
        )
        try:
            cursor = link.execute(statement.encode())
            rows: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            link.close()
            raise
        self.links[database] = link
        return rows

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _is_answering(self) -> bool:
        words = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(words, check=False, timeout=_START_S).returncode == 0

    def _log_tail(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-500:]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A cluster for a while. Without PostgreSQL the test is skipped by name; in CI it fails."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="minerconsole-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, *_account())
    cluster = Postgres(folder, free_ports(1)[0], programs)
    try:
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The newest of Debian's versions, else what is on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = next((path for path in reversed(folders) if (path / "initdb").exists()), None)
    beside = shutil.which("initdb")
    return found or (Path(beside).parent if beside else None)


def give_to_postgres(file: Path) -> None:
    """Make it a file that PostgreSQL takes its key from."""
    file.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(file, *_account())


def _account() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("there is no user postgres, and PostgreSQL does not run as root")
    return entry.pw_uid, entry.pw_gid


def _as_somebody() -> dict[str, Any]:
    """How a program is started as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    user, group = _account()
    return {"user": user, "group": group, "extra_groups": []}
