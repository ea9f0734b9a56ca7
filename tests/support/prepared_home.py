"""A home in which all is made that a first start makes: tables, known answers, compiled code. Made once, and copied.

Several test runs side by side share it where TESTS_PREPARED_HOME names a folder.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from mining.algorithms.randomx.loader import find_library
from mining.native.build import built_hash_loop, built_randomx_kernel, built_scrypt_kernel

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASE = "console.sqlite3"
_MIGRATE_S = 200.0
_BUILDS = (built_hash_loop, built_randomx_kernel, built_scrypt_kernel)


@pytest.fixture(scope="session")
def self_tested_home() -> Path:
    """The prepared home; only to copy from."""
    return prepared_home()


@cache
def prepared_home() -> Path:
    """The folder, made by whoever needs it first."""
    named = os.environ.get("TESTS_PREPARED_HOME")
    home = Path(named or mkdtemp(prefix="minerconsole-prepared-"))
    if not named:
        atexit.register(shutil.rmtree, home, ignore_errors=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / ".is-made").exists():
            _make(home)
            (home / ".is-made").touch()
    return home


def copy_prepared(home: Path, *, prepared: Path | None = None) -> None:
    """Give `home` what the first start would make, unless it is there."""
    source = prepared or prepared_home()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "cache").exists():
        shutil.copytree(source / "cache", home / "cache")
    if not (home / DATABASE).exists():
        shutil.copy(source / DATABASE, home / DATABASE)


def _make(home: Path) -> None:
    find_library("rx/0", cache_folder=home / "cache")
    for build in _BUILDS:
        build(home / "cache")
    settings = {"MINERCONSOLE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=REPOSITORY, env={**os.environ, **settings}, check=True, timeout=_MIGRATE_S)
