"""`start`, `restart`, `logs` and `stop` with a real miner in light mode on one core."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mining.home import is_running, running_pid
from tests.setup.conftest import ROOT
from tests.support.prepared_home import copy_prepared
from tests.support.process_facts import until

OPTIONS = ("--offline", "--light", "--cores", str(min(os.sched_getaffinity(0))), "--huge-pages", "off", "--no-web")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A prepared home; a miner that a failed test left in it is killed."""
    copy_prepared(tmp_path)
    yield tmp_path
    pid = running_pid(tmp_path)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def _run(verb: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), verb, *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)


def test_a_miner_is_started_shown_restarted_with_its_options_and_stopped(home: Path) -> None:
    started = _run("start", home, *OPTIONS)
    assert started.returncode == 0, started.stderr
    first = running_pid(home)
    assert f"Started (process {first})" in started.stdout
    assert "Mining XMR" in started.stdout  # the payee line

    again = _run("start", home, *OPTIONS)
    assert again.returncode == 3
    assert f"process {first}" in again.stderr

    restarted = _run("restart", home)
    assert restarted.returncode == 0, restarted.stderr
    assert running_pid(home) not in (None, first)

    until(  # the options are in force once the library is checked, a moment after the start has been answered
        lambda: "light mode by setting" in _run("logs", home, "-n", "500").stdout, 90.0, "the log names the mode"
    )

    stopped = _run("stop", home)
    assert stopped.returncode == 0, stopped.stderr
    assert "Stopped in" in stopped.stdout
    assert not is_running(home)
    assert _run("stop", home).stdout == f"Nothing runs from {home}.\n"


def test_a_start_that_fails_says_why_with_the_exit_code_of_mine(home: Path) -> None:
    done = _run("start", home, "--offline", "--intensity", "101")
    assert done.returncode == 2
    assert '"101"' in done.stderr
    assert "Traceback" not in done.stderr
    assert running_pid(home) is None


def test_a_log_that_is_not_there_is_named(home: Path) -> None:
    done = _run("logs", home)
    assert done.returncode == 1
    assert str(home / "log" / "miner.log") in done.stderr
