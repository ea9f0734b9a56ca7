"""The database of an older version, and the way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.homes import make_database, manage

OLDER = "CREATE TABLE django_migrations (id integer PRIMARY KEY AUTOINCREMENT, app text, name text, applied datetime)"


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_database_of_the_version_without_rows_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "console.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(OLDER)
        database.execute("CREATE TABLE somebody_s_own (word text)")
        database.execute("INSERT INTO somebody_s_own VALUES ('kept')")
    done = manage(tmp_path, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert {"mining_share", "mining_plan", "auth_user"} <= tables(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT word FROM somebody_s_own").fetchall() == [("kept",)]
        assert database.execute("SELECT count(*) FROM mining_coin").fetchone()[0] > 3


def test_rows_outlive_another_set_up(tmp_path: Path) -> None:
    make_database(tmp_path)
    added = manage(tmp_path, "pool", "add", "mine", "--coin", "XMR", "--url", "stratum+tcp://127.0.0.1:3333")
    assert added.returncode == 0, added.stderr
    done = manage(tmp_path, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert "mine" in manage(tmp_path, "pool", "list").stdout


def test_migrations_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    make_database(tmp_path)
    path = tmp_path / "console.sqlite3"
    back = manage(tmp_path, "migrate", "mining", "zero", "--verbosity", "0")
    assert back.returncode == 0, back.stderr
    assert not {name for name in tables(path) if name.startswith("mining_")}
    forth = manage(tmp_path, "migrate", "--verbosity", "0")
    assert forth.returncode == 0, forth.stderr
    assert "mining_share" in tables(path)


def test_no_change_of_a_row_is_without_its_migration(tmp_path: Path) -> None:
    done = manage(tmp_path, "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout
