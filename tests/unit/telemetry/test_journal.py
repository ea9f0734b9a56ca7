"""The journal's writer: whole lines in order, from a thread that the event loop never waits for."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mining.telemetry import journal as journal_module
from mining.telemetry.journal import Journal, JournalAlerts
from mining.telemetry.journal_files import journal_folder, journal_lines, journal_names
from tests.support.process_facts import until

EPOCH = "01JD9Z7RB1C2D3E4F5G6H7JKMN"


class Disk:
    """`os.write` with a disk that has `room` bytes left; a write is cut short where they end."""

    def __init__(self) -> None:
        self.room: int | None = None
        self._write = os.write

    def write(self, fd: int, data: bytes) -> int:
        if self.room is None:
            return self._write(fd, data)
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(fd, bytes(data[: self.room]))
        self.room -= written
        return written


class Said:
    """What the journal says of itself."""

    def __init__(self) -> None:
        self.raised: list[str] = []
        self.lowered = 0

    def lower(self) -> None:
        self.lowered += 1

    @property
    def alerts(self) -> JournalAlerts:
        return JournalAlerts(self.raised.append, self.lower)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(os, "write", made.write)
    monkeypatch.setattr(journal_module, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(journal_module, "_LONGEST_PAUSE_S", 0.02)
    return made


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def start(tmp_path: Path, said: Said) -> Iterator[Callable[..., Journal]]:
    started: list[Journal] = []

    def begin(epoch: str = EPOCH, **more: int) -> Journal:
        journal = Journal(tmp_path, epoch, said.alerts, **more)
        journal.start()
        started.append(journal)
        return journal

    yield begin
    for journal in started:
        journal.close(30.0)


def share(nonce: int) -> bytes:
    return json.dumps({"event": "share", "nonce": nonce}).encode() + b"\n"


def told(home: Path) -> list[dict[str, Any]]:
    return [line.told for line in journal_lines(home)]


def nonces(home: Path) -> list[object]:
    return [event["nonce"] for event in told(home) if event["event"] == "share"]


def test_every_event_becomes_a_whole_line_with_epoch_serial_and_time(tmp_path: Path, start: Any) -> None:
    journal, before = start(), time.time()
    for nonce in range(3):
        journal.add("share", share(nonce))
    assert journal.close(30.0) == 0
    lines = list(journal_lines(tmp_path))
    assert [(line.epoch, line.serial) for line in lines] == [(EPOCH, 1), (EPOCH, 2), (EPOCH, 3)]
    assert [line.told["nonce"] for line in lines] == [0, 1, 2]
    assert all(before - 1 <= line.at <= time.time() + 1 for line in lines)


def test_frames_jobs_and_small_talk_are_left_out(tmp_path: Path, start: Any) -> None:
    journal = start()
    for kind in ("job", "frame", "bye"):
        journal.add(kind, b'{"event":"%b"}\n' % kind.encode())
    journal.add("log", b'{"event":"log","level":"info","sentence":"seed ready"}\n')
    journal.add("log", b'{"event":"log","level":"warning","sentence":"\\"level\\":\\"info\\" is in my words"}\n')
    journal.close(30.0)
    assert [event["level"] for event in told(tmp_path)] == ["warning"]


def test_folder_and_files_are_the_owners_alone(tmp_path: Path, start: Any) -> None:
    journal = start()
    journal.add("share", share(1))
    journal.close(30.0)
    folder = journal_folder(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_a_long_file_is_followed_by_the_next_number(tmp_path: Path, start: Any) -> None:
    journal = start(file_bytes=200)
    for nonce in range(30):
        journal.add("share", share(nonce))
        until(lambda: journal.unwritten == 0, 30.0, "written")
    journal.close(30.0)
    names = journal_names(tmp_path)
    assert len(names) > 5 and names == sorted(names)
    assert nonces(tmp_path) == list(range(30))


def test_a_new_supervisor_writes_behind_the_old_files_whatever_its_clock_says(tmp_path: Path, start: Any) -> None:
    for nonce, epoch in enumerate(("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "00000000000000000000000000")):
        journal = start(epoch)
        journal.add("share", share(nonce))
        journal.close(30.0)
    assert nonces(tmp_path) == [0, 1]


def test_a_full_disk_cuts_a_line_short_and_the_line_is_completed_later(
    tmp_path: Path, start: Any, disk: Disk, said: Said
) -> None:
    journal = start()
    disk.room = 150  # one line and a half
    for nonce in range(5):
        journal.add("share", share(nonce))
    until(lambda: bool(said.raised), 30.0, "an alert")
    assert "No space left" in said.raised[-1] and "not lost" in said.raised[-1] and str(tmp_path) in said.raised[-1]
    assert journal.unwritten
    disk.room = None
    until(lambda: bool(said.lowered), 30.0, "the alert is over")
    journal.close(30.0)
    assert nonces(tmp_path) == list(range(5))
    assert len({line.serial for line in journal_lines(tmp_path)}) == 5


def test_shares_are_kept_however_many_wait_and_the_rest_is_bounded_and_counted(
    tmp_path: Path, start: Any, disk: Disk, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MOST_WAITING", 10)
    disk.room = 0
    journal = start()
    journal.add("share", share(0))
    until(lambda: bool(said.raised), 30.0, "an alert")
    for nonce in range(1, 50):
        journal.add("share", share(nonce))
        journal.add("worker", b'{"event":"worker","core":0}\n')
    disk.room = None
    until(lambda: bool(said.lowered), 30.0, "the alert is over")
    journal.close(30.0)
    assert nonces(tmp_path) == list(range(50))
    assert sum(event["event"] == "worker" for event in told(tmp_path)) == 10
    (log,) = [event for event in told(tmp_path) if event["event"] == "log"]
    assert str(log["sentence"]).startswith("39 events")


def test_a_folder_that_is_deleted_comes_back_with_everything_that_was_in_the_open_file(
    tmp_path: Path, start: Any
) -> None:
    journal = start()
    for nonce in range(5):
        journal.add("share", share(nonce))
    until(lambda: len(nonces(tmp_path)) == 5, 30.0, "written")
    shutil.rmtree(journal_folder(tmp_path))
    journal.add("share", share(5))
    journal.close(30.0)
    assert nonces(tmp_path) == list(range(6))


def test_a_folder_that_is_no_folder_is_named_and_waited_for(tmp_path: Path, start: Any, disk: Disk, said: Said) -> None:
    journal_folder(tmp_path).write_text("not a folder")
    journal = start()
    journal.add("share", share(1))
    until(lambda: bool(said.raised), 30.0, "an alert")
    journal_folder(tmp_path).unlink()
    until(lambda: bool(said.lowered), 30.0, "the alert is over")
    assert nonces(tmp_path) == [1]


def test_adding_never_waits_for_a_disk_that_does_not_answer(tmp_path: Path, start: Any, disk: Disk) -> None:
    disk.room = 0
    journal = start()
    for nonce in range(20_000):  # every write is refused for ever: waiting for one would not end
        journal.add("share", share(nonce))
    disk.room = None
    assert journal.close(60.0) == 0
    assert nonces(tmp_path) == list(range(20_000))


def test_the_end_is_bounded_and_says_how_much_was_not_written(tmp_path: Path, start: Any, disk: Disk) -> None:
    disk.room = 0
    journal = start()
    for nonce in range(7):
        journal.add("share", share(nonce))
    assert journal.close(0.3) == 7
    disk.room = None


def test_the_bound_of_what_waits_is_the_same_after_a_storm_of_events(
    start: Callable[..., Journal], disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = start()
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for number in range(20_000):
            journal.add("worker", b'{"event":"worker","core":%d}\n' % number)
    finally:
        sys.setswitchinterval(interval_s)
    until(lambda: journal.unwritten == 0, 30.0, "written")
    monkeypatch.setattr(journal_module, "MOST_WAITING", 100)
    disk.room = 0
    journal.add("worker", b'{"event":"worker"}\n')
    until(lambda: journal.unwritten == 1 and not journal._waiting, 30.0, "taken for a write that failed")
    for _ in range(500):
        journal.add("worker", b'{"event":"worker"}\n')
    assert journal.unwritten == 1 + 100
    disk.room = None
