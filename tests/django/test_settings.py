"""Settings and the secret key."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from minerconsole.secret_key import secret_key
from mining.errors import CannotStartError


def _run(code: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MINERCONSOLE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}
    folder = settings.BASE_DIR
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment | environ, timeout=60)


def test_only_loopback_names_are_allowed() -> None:
    from minerconsole.settings import ALLOWED_HOSTS

    assert ALLOWED_HOSTS == ["localhost", "127.0.0.1", "[::1]"]


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) >= 50
    assert secret_key(tmp_path) == first
    (file,) = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_secret_key_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file where the folder should be")
    with pytest.raises(CannotStartError, match="secrets"):
        secret_key(tmp_path)


def test_reading_the_settings_writes_nothing(tmp_path: Path) -> None:
    done = _run("import django; django.setup()", tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bad_variable_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    code = "import sys; from minerconsole.cli import main; sys.exit(main(['check']))"
    done = _run(code, tmp_path, DJANGO_LOG_LEVEL="loud")
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "DJANGO_LOG_LEVEL='loud'" in done.stderr


def test_the_database_is_write_ahead_logged_and_locks_at_begin(tmp_path: Path) -> None:
    code = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for pragma in ("journal_mode", "synchronous", "foreign_keys"):
        cursor.execute(f"PRAGMA {pragma}"); print(cursor.fetchone()[0])
print(connection.transaction_mode)
"""
    done = _run(code, tmp_path)
    assert done.stdout.split() == ["wal", "1", "1", "IMMEDIATE"], done.stderr
