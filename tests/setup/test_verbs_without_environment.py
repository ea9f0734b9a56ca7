"""`help`, `requirements` and `uninstall` work before and without a set-up."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

import pytest

from tests.setup.conftest import ROOT, Checkout

VERBS = (
    "mine", "console", "setup", "start", "stop", "restart", "status", "logs", "config", "requirements", "doctor",
    "benchmark", "service", "test", "uninstall",
)  # fmt: skip


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_help_lists_the_verbs_and_touches_nothing(checkout: Checkout, words: tuple[str, ...]) -> None:
    checkout.give_tool("uname", "echo Darwin")
    done = checkout.run(*words)
    assert done.returncode == 0
    for verb in VERBS:
        assert verb in done.stdout
    assert sorted(path.name for path in checkout.root.iterdir()) == sorted(
        ["manage.py", "manage.sh", "pyproject.toml", "requirements", "setup.py"]
    )


def test_requirements_tells_what_is_there_and_what_is_missing(checkout: Checkout) -> None:
    done = checkout.run("requirements")
    assert done.returncode == 0, done.stdout
    assert f"{checkout.tools}/python3 (3.12)" in done.stdout
    assert "monerod" in done.stdout
    assert not (checkout.root / ".venv").exists()


def test_requirements_that_are_not_met_are_exit_3(checkout: Checkout) -> None:
    done = checkout.run("requirements", play="old")
    assert done.returncode == 3
    assert "MISSING" in done.stdout
    assert "found 3.9" in done.stdout


@pytest.fixture
def installed(checkout: Checkout) -> Checkout:
    """A checkout with a broken environment, a home in use, and files that are nobody's but the person's."""
    shutil.copytree(ROOT / "mining", checkout.root / "mining", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout.tools / "python3").unlink()
    (checkout.tools / "python3").symlink_to(sys.executable)
    home = checkout.root / "var"
    for folder in ("run", "log", "cache", "secrets"):
        (home / folder).mkdir(parents=True)
    (checkout.root / ".venv").mkdir()
    for path in ("run/lock", "log/miner.log", "console.sqlite3", "node_id", "mining_config.env", "diary.txt"):
        (home / path).touch()
    (checkout.root / "mining_config.env").touch()
    return checkout


def test_uninstall_asks_and_without_an_answer_removes_nothing(installed: Checkout) -> None:
    done = installed.run("uninstall")
    assert done.returncode == 1
    assert str(installed.root / ".venv") in done.stdout
    assert "Nothing was removed" in done.stderr
    assert (installed.root / "var/log/miner.log").exists()


def test_uninstall_removes_what_was_made_and_leaves_what_is_yours(installed: Checkout) -> None:
    done = installed.run("uninstall", "--yes")
    assert done.returncode == 0, done.stderr
    assert not (installed.root / ".venv").exists()
    assert sorted(path.name for path in (installed.root / "var").iterdir()) == ["diary.txt", "mining_config.env"]
    assert (installed.root / "mining_config.env").exists()
    assert (installed.root / "manage.sh").exists()
    assert "Kept in" in done.stdout


def test_uninstall_removes_links_and_never_what_they_point_to(installed: Checkout, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (installed.root / ".venv").rmdir()
    (installed.root / ".venv").symlink_to(precious)
    assert installed.run("uninstall", "--yes").returncode == 0
    assert not (installed.root / ".venv").is_symlink()
    assert (precious / "file").exists()


def test_uninstall_refuses_while_a_miner_runs(installed: Checkout) -> None:
    with (installed.root / "var/run/lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = installed.run("uninstall", "--yes")
    assert done.returncode == 1
    assert "Stop it first: ./manage.sh stop" in done.stderr
    assert (installed.root / ".venv").exists()


def test_uninstall_first_wants_system_changes_taken_back(installed: Checkout) -> None:
    (installed.root / "var/doctor_undo.json").write_text("{}")
    done = installed.run("uninstall", "--yes")
    assert done.returncode == 1
    assert "doctor --undo" in done.stderr
    assert (installed.root / ".venv").exists()
