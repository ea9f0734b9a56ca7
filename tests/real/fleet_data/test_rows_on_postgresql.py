"""A part of the tests of rows, on PostgreSQL. All of them: MINERCONSOLE_TESTS_ON=postgresql pytest tests/django."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PART = (
    "tests/django/console/test_two_at_once.py",
    "tests/django/console/test_secret_rotation.py",
    "tests/django/recorder/test_rows.py",
)


def test_rows_are_kept_on_postgresql_as_they_are_on_sqlite() -> None:
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("initdb") is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *PART]
    environment = {**os.environ, "MINERCONSOLE_TESTS_ON": "postgresql"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
