"""A home with a journal, and a database in a file where a test needs a real one."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from tests.support.databases import ON_POSTGRESQL
from tests.support.journals import JournalMaker

REPOSITORY = Path(__file__).resolve().parents[3]
SETTINGS = "minerconsole.settings"


@pytest.fixture
def journal(tmp_path: Path) -> JournalMaker:
    return JournalMaker(tmp_path)


@pytest.fixture(scope="session")
def _empty_database(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Path:
    """The tables of the test database, in a file; made as the product makes them where no test uses that database."""
    if ON_POSTGRESQL:
        return tmp_path_factory.getbasetemp()
    path = tmp_path_factory.mktemp("tables") / "console.sqlite3"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if "mining_share" in connection.introspection.table_names():
            cursor.execute("VACUUM INTO %s", [str(path)])
            return path
    environment = {**os.environ, "MINERCONSOLE_HOME": str(path.parent), "DJANGO_SETTINGS_MODULE": SETTINGS}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=200)
    return path


def in_thread(work: Callable[[], None]) -> None:
    """Do `work` in a thread with a connection of its own; what it raises is raised here."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(60.0)


class FileDatabase:
    """The database of a home in its file, looked at from outside."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """The answer of an SQL question; empty when there is no such table."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5.0)) as link:
                return link.execute(question).fetchall()
        except sqlite3.OperationalError:
            return []

    @property
    def nonces(self) -> list[int]:
        """The nonces of all shares, in the order in which they were told."""
        return [int(str(row[0]), 16) for row in self.rows("SELECT nonce FROM mining_share ORDER BY epoch, serial")]

    def lock(self) -> sqlite3.Connection:
        """Hold the write lock until `close`."""
        link = sqlite3.connect(self.path, isolation_level=None, timeout=10.0)
        link.execute("BEGIN IMMEDIATE")
        return link


@pytest.fixture
def file_database(
    tmp_path: Path,
    _empty_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[FileDatabase]:
    """New threads of this process, and its children, use this file as the console's database."""
    if ON_POSTGRESQL:
        pytest.skip("is about the file of SQLite")
    path = tmp_path / "console.sqlite3"
    shutil.copy(_empty_database, path)
    monkeypatch.setitem(connections.databases["default"], "NAME", path)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
    with django_db_blocker.unblock():
        yield FileDatabase(path)
