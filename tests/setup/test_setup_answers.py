"""What `./manage.sh` says when something it needs is missing: a sentence with the next step, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.conftest import ROOT, Checkout


def _assert_answer(done: subprocess.CompletedProcess[str], *parts: str, code: int = 3) -> None:
    assert done.returncode == code, done.stderr
    for part in parts:
        assert part in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


def test_a_python_that_is_too_old_is_named_with_its_version(checkout: Checkout) -> None:
    _assert_answer(checkout.run("mine", play="old"), "needs Python 3.11 or newer; found 3.9", "apt-get install python3")
    assert not (checkout.root / ".venv").exists()


def test_no_python_at_all_is_named(checkout: Checkout) -> None:
    (checkout.tools / "python3").unlink()
    _assert_answer(checkout.run("mine"), "needs Python 3.11 or newer; found none")


def test_a_shim_that_starts_nothing_is_passed_over(checkout: Checkout) -> None:
    checkout.give_tool("python3.13", "echo 'no such version' >&2; exit 127")
    done = checkout.run("mine")
    assert done.returncode == 0
    assert done.stdout == "RAN mine\n"


def test_a_python_without_the_venv_module_is_named_with_the_package(checkout: Checkout) -> None:
    _assert_answer(checkout.run("mine", play="no-venv"), "has no venv module", "python3.12-venv")


def test_what_needs_root_is_said_with_the_command_and_not_done(checkout: Checkout) -> None:
    checkout.give_tool("apt-get", 'echo "apt-get $*" >>"$CALLS"')
    done = checkout.run("mine", play="no-venv")
    _assert_answer(done, "It needs root:", "apt-get install python3.12-venv")
    assert checkout.calls("apt-get") == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages by itself, and only in CI")
def test_in_ci_root_installs_what_is_missing(checkout: Checkout) -> None:
    checkout.give_tool("apt-get", 'echo "apt-get $*" >>"$CALLS"')
    checkout.environ["CI"] = "true"
    checkout.run("mine", play="no-venv")
    assert checkout.calls("apt-get install -y --no-install-recommends python3.12-venv") == 1


@pytest.mark.parametrize(
    ("play", "part"),
    [
        ("no-network", "no network, or the package index does not answer"),
        ("no-compiler", "msgspec has no ready-made build for this computer and there is no C compiler"),
        ("bad-hash", "is not the one that requirements/*.lock pins"),
        ("full", "is full"),
    ],
)
def test_a_failed_installation_is_one_sentence_and_can_be_tried_again(checkout: Checkout, play: str, part: str) -> None:
    _assert_answer(checkout.run("mine", play=play), part)
    assert checkout.run("mine").stdout == "RAN mine\n"


def test_another_system_than_linux_is_told_what_works(checkout: Checkout) -> None:
    checkout.give_tool("uname", "echo Darwin")
    _assert_answer(checkout.run("mine"), "runs on Linux", "this is Darwin", "WSL2")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_named(checkout: Checkout) -> None:
    checkout.root.chmod(0o555)
    _assert_answer(checkout.run("mine"), "cannot be written to")


@pytest.mark.parametrize("verb", ["status", "stop", "logs"])
def test_questions_about_what_was_never_started_make_no_environment(checkout: Checkout, verb: str) -> None:
    _assert_answer(checkout.run(verb), "Nothing was ever started here", code=1)
    assert not (checkout.root / ".venv").exists()


def test_manage_py_without_the_environment_says_what_to_run() -> None:
    command = [sys.executable, "-S", "manage.py", "mine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "is not installed" in done.stderr
    assert "Run ./manage.sh mine" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_verb_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "servce"]
    environ = {**os.environ, "MINERCONSOLE_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environ)
    assert done.returncode == 2
    assert done.stderr == "'servce' is not a command. Did you mean service?\n"
