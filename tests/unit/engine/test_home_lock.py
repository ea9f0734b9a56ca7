"""One Supervisor per home: the second is refused with the first one's process, start and payee."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from mining.engine.home_lock import HomeLock
from mining.errors import CannotStartError, ExitCode


def test_a_second_miner_is_told_who_runs_for_whom_and_what_to_do(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path, payee="48edfH…oD")
    with pytest.raises(CannotStartError) as caught:
        HomeLock(tmp_path, payee="somebody else")
    error = caught.value
    assert (error.exit_code, error.code) == (ExitCode.CANNOT_START, "already_running")
    for part in (str(tmp_path), str(os.getpid()), "48edfH…oD", "since 2", "status", "stop", "--home"):
        assert part in error.sentence
    lock.release()


def test_a_released_home_can_be_taken_again(tmp_path: Path) -> None:
    HomeLock(tmp_path, payee="a").release()
    again = HomeLock(tmp_path, payee="b")
    again.release()
    assert not (tmp_path / "run" / "running.json").exists()


def test_two_homes_do_not_disturb_each_other(tmp_path: Path) -> None:
    first, second = HomeLock(tmp_path / "a", payee="a"), HomeLock(tmp_path / "b", payee="b")
    first.release()
    second.release()


def test_a_supervisor_that_inherited_the_descriptor_keeps_the_home(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path, payee="a")
    inherited = os.dup(lock.fd)
    lock.release()
    with pytest.raises(CannotStartError, match="already runs"):
        HomeLock(tmp_path, payee="b")
    os.close(inherited)
    HomeLock(tmp_path, payee="b").release()


def test_whoever_looks_whether_a_miner_runs_does_not_keep_one_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    HomeLock(tmp_path, payee="a").release()
    looking = os.open(tmp_path / "run" / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            os.close(looking)

    monkeypatch.setattr("mining.engine.home_lock.time.sleep", pause)
    HomeLock(tmp_path, payee="b").release()
    assert len(pauses) == 3 and sum(pauses) < 0.2


def test_a_note_that_cannot_be_read_does_not_hide_the_answer(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path, payee="a")
    for note in ("", "[]", '{"pid": 1}', "null"):
        (tmp_path / "run" / "running.json").write_text(note)
        with pytest.raises(CannotStartError, match="already runs"):
            HomeLock(tmp_path, payee="b")
    lock.release()


def test_the_lock_and_its_folder_are_private(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path / "home", payee="a")
    assert stat.S_IMODE((tmp_path / "home/run").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home/run/lock").stat().st_mode) == 0o600
    lock.release()


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(CannotStartError, match=r"home folder .*/home cannot be used .*--home DIR"):
        HomeLock(tmp_path / "home", payee="a")
