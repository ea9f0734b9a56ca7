"""The doctor as a person runs it: a process of its own on this machine, which it must leave as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
OVERCOMMIT = Path("/proc/sys/vm/nr_overcommit_hugepages")


def run_doctor(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "manage.py"), "doctor", "--home", str(home), *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, env=os.environ
    )


def test_json_is_one_object_and_the_exit_code_agrees_with_it(tmp_path: Path) -> None:
    done = run_doctor(tmp_path, "--json")
    content = json.loads(done.stdout)
    assert content["version"] == 1
    assert done.returncode == (0 if content["ok"] else 1)
    assert "Traceback" not in done.stderr


def test_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    done = run_doctor(tmp_path)
    assert "\x1b" not in done.stdout
    assert "Huge pages 2 MB:" in done.stdout


@pytest.mark.skipif(not OVERCOMMIT.exists(), reason="this kernel has no huge pages")
def test_fix_without_a_terminal_and_without_yes_changes_nothing(tmp_path: Path) -> None:
    done = run_doctor(tmp_path, "--fix")
    assert "done: /proc" not in done.stderr
    assert not (tmp_path / "doctor_undo.json").exists()


def test_undo_without_a_record_says_so(tmp_path: Path) -> None:
    done = run_doctor(tmp_path, "--undo")
    assert done.returncode == 0
    assert "nothing to take back" in done.stderr
