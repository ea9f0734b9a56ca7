"""`config init|show|set|edit|check` from the shell."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.management.commands.config import Command

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
DAEMON = "daemon+http://me:hunter2@127.0.0.1:18081"

Run = Callable[..., int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mining_config.env"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, path: Path) -> Run:
    """Run `config` on the file of an own home; returns the exit code."""
    monkeypatch.setattr("mining.configuration.home.checkout_folder", lambda: None)
    for name in list(os.environ):
        if name.startswith("MINERCONSOLE_"):
            monkeypatch.delenv(name)

    def config(*words: str) -> int:
        with pytest.raises(SystemExit) as caught:
            Command().run_from_argv(["manage.py", "config", *words, "--home", str(path.parent)])
        return int(caught.value.code or 0)

    return config


def test_init_writes_the_example_once(run: Run, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init") == 0
    before = path.read_text()
    assert run("init") == 2

    assert path.read_text() == before
    assert path.stat().st_mode & 0o777 == 0o600
    assert "left as it is" in capsys.readouterr().err


def test_set_then_show_and_check(run: Run, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("set", f"WALLET={FUND}", f"POOL_1={DAEMON}", "INTENSITY=50") == 0
    assert run("check") == 0
    assert run("show") == 0

    output = capsys.readouterr()
    assert "hunter2" not in output.out + output.err
    assert "= 50 " in output.out and "mining_config.env:" in output.out
    assert f"WALLET={FUND}\n" in path.read_text()


def test_set_refuses_a_bad_value_and_changes_nothing(run: Run, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("INTENSITY=50\n")

    assert run("set", "INTENSITY=101") == 2
    assert run("set", "INTENSTY=10") == 2
    assert run("set") == 2
    assert run("set", "CORES=0", "cores=1") == 2
    assert path.read_text() == "INTENSITY=50\n"
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_check_names_each_problem_and_its_line(run: Run, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("INTENSITY=101\nWALET=x\n")

    assert run("check") == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "mining_config.env:2" in first and "mining_config.env:1" in second


def test_check_without_a_file_says_that_the_defaults_hold(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0
    assert "defaults hold" in capsys.readouterr().out


def test_edit_opens_the_editor_and_checks_after(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sh -c 'echo INTENSITY=101 >> \"$0\"'")

    assert run("edit") == 2
    assert path.read_text().endswith("INTENSITY=101\n")
    assert '"101"' in capsys.readouterr().err


@pytest.mark.parametrize(("editor", "words"), [("false", "ended with 1"), ("/no/such/editor", "could be started")])
def test_an_editor_that_fails_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], editor: str, words: str
) -> None:
    monkeypatch.setenv("VISUAL", editor)

    assert run("edit") == 2
    assert words in capsys.readouterr().err


def test_a_wrong_action_is_one_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("delete") == 2
    assert run("show", "CORES=0") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
