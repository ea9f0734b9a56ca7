"""What a person is told to run for the database, and what it leaves behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mining import program
from mining.management.rows_command import database_error


def test_a_wheel_names_a_verb_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "./manage.sh setup" in database_error(Exception("no such table")).sentence  # type: ignore[arg-type]
    monkeypatch.setattr(program, "checkout_folder", lambda: None)
    assert "minerconsole migrate" in database_error(Exception("no such table")).sentence  # type: ignore[arg-type]


def test_migrate_makes_home_and_database_for_their_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there"
    environment = {**os.environ, "MINERCONSOLE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}
    command = [sys.executable, "-m", "minerconsole", "migrate", "--no-input", "--verbosity=0", "contenttypes"]
    subprocess.run(command, env=environment, check=True, timeout=120, umask=0o022)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "console.sqlite3").stat().st_mode) == 0o600
