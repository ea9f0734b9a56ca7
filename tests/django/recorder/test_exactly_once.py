"""Each share is in the rows exactly once, whatever breaks: crashes between any two steps, torn lines, kills."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.models import JournalPosition, Node, Share
from mining.telemetry import journal_tail as tail_module
from mining.telemetry.journal_files import read_chunk
from mining.telemetry.journal_tail import Place, next_piece, prune
from mining.telemetry.recorder import writing as writing_module
from mining.telemetry.recorder.rows import write_lines
from mining.telemetry.recorder.writing import Writing
from tests.django.recorder.conftest import REPOSITORY, FileDatabase, in_thread
from tests.support.journals import JournalMaker
from tests.support.process_facts import until

_SHORT = 700  # bytes in a piece: about one line, so that a handful of shares is many steps


class CrashError(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "read_chunk", lambda path, offset: read_chunk(path, offset, _SHORT))


@contextmanager
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def crash_at(points: set[int], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Count the moments in which a crash may come; at those of `points` it comes (or the database is locked)."""
    moments = 0

    def pass_by() -> None:
        nonlocal moments
        moments += 1
        if moments in points:
            raise CrashError if moments % 2 else OperationalError("database is locked")

    return pass_by


def disturbed(function: Callable[..., Any], pass_by: Callable[[], None]) -> Callable[..., Any]:
    """`function` with a moment before it and one behind it."""

    def run(*arguments: Any, **more: Any) -> Any:
        pass_by()
        result = function(*arguments, **more)
        pass_by()
        return result

    return run


def record_through(folder: Path, pass_by: Callable[[], None]) -> None:
    """Record until there is nothing left; every crash is followed by a new process (a new Writing)."""
    writing = Writing(folder)
    for _ in range(10_000):
        try:
            pass_by()
            if writing.record_piece() is None:
                return
            pass_by()  # the commit is done, nobody knows it yet
        except CrashError:
            writing = Writing(folder)
        except OperationalError:
            writing.forget()
    raise AssertionError("it never ends")


@pytest.mark.django_db
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(["share", "garbage", "half", "file", "other", "record"]), max_size=25),
    points=st.sets(st.integers(1, 120), max_size=25),
)
def test_no_interleaving_of_failures_loses_or_doubles_a_share(
    monkeypatch: pytest.MonkeyPatch, steps: list[str], points: set[int]
) -> None:
    Node.objects.all().delete()
    with home() as folder, monkeypatch.context() as patch:
        pass_by = crash_at(points, monkeypatch)
        patch.setattr(writing_module, "write_lines", disturbed(write_lines, pass_by))
        patch.setattr(JournalPosition, "save", disturbed(JournalPosition.save, pass_by))
        journal, told, half = JournalMaker(folder), [], b""
        for nonce, step in enumerate([*steps, "record"]):
            if half and step != "file":  # a line that was cut short is completed by the next write
                journal.write(half)
                half = b""
            match step:
                case "share":
                    journal.write(journal.share(nonce))
                    told.append((journal.serial, nonce))
                case "half":
                    line = journal.share(nonce)
                    journal.write(line[:50])
                    half = line[50:]
                    told.append((journal.serial, nonce))
                case "garbage":
                    journal.write(b"\xff{]\n")
                case "other":
                    journal.tell("log", level="warning", sentence="x")
                case "file" if half:  # the power went: this line is never finished, and was no share of ours
                    told.pop()
                    half = b""
                    journal.next_file()
                case "file":
                    journal.next_file()
                case _:
                    record_through(folder, pass_by)
        rows = Share.objects.order_by("serial").values_list("serial", "nonce")
        assert [(serial, int(nonce, 16)) for serial, nonce in rows] == told


@pytest.mark.django_db
def test_a_line_that_was_torn_for_ever_is_counted_and_the_next_file_is_read(
    tmp_path: Path, journal: JournalMaker
) -> None:
    journal.shares(1)
    journal.write(journal.share(2)[:40])
    record_through(tmp_path, lambda: None)
    assert (Share.objects.count(), JournalPosition.objects.get().unreadable_lines) == (1, 0)
    journal.next_file()
    journal.shares(1)
    record_through(tmp_path, lambda: None)
    assert (Share.objects.count(), JournalPosition.objects.get().unreadable_lines) == (2, 1)


@pytest.mark.django_db
def test_a_file_that_was_empty_when_it_was_looked_at_is_read_when_it_is_filled(
    tmp_path: Path, journal: JournalMaker
) -> None:
    writing = Writing(tmp_path)
    assert writing.record_piece() is None
    for _ in range(3):
        journal.next_file()
        journal.path.touch()
        while writing.record_piece() is not None:
            pass
        before = Share.objects.count()
        for count in (1, 2):
            journal.shares(1)
            while writing.record_piece() is not None:
                pass
            assert Share.objects.count() == before + count


@pytest.mark.django_db
def test_a_place_in_a_file_that_is_gone_means_reading_from_the_oldest_line(
    tmp_path: Path, journal: JournalMaker
) -> None:
    journal.shares(3)
    record_through(tmp_path, lambda: None)
    journal.path.unlink()
    journal.shares(2)  # the same name, shorter
    record_through(tmp_path, lambda: None)
    JournalPosition.objects.update(file="00000099-X.jsonl")
    record_through(tmp_path, lambda: None)
    assert [row.serial for row in Share.objects.order_by("serial")] == [1, 2, 3, 4, 5]


def test_recorded_files_are_deleted_beyond_what_is_kept_and_never_the_last(
    tmp_path: Path, journal: JournalMaker
) -> None:
    sizes = []
    for _ in range(5):
        journal.shares(2)
        sizes.append(journal.path.stat().st_size)
        journal.next_file()
    names = sorted(path.name for path in journal.folder.iterdir())
    assert prune(tmp_path, Place("unknown.jsonl", 5), kept_bytes=0) == 0
    assert prune(tmp_path, Place(names[3]), kept_bytes=sizes[1] + sizes[2]) == 1
    assert sorted(path.name for path in journal.folder.iterdir()) == names[1:]
    assert prune(tmp_path, Place(names[4], sizes[4]), kept_bytes=0) == 3
    assert [path.name for path in journal.folder.iterdir()] == names[4:]
    assert next_piece(tmp_path, Place(names[4], sizes[4])) is None


_PROGRAM = """
import sys
from pathlib import Path
import django
django.setup()
from mining.telemetry import journal_tail as tail
from mining.telemetry.recorder import writing
read = tail.read_chunk
tail.read_chunk = lambda path, offset: read(path, offset, 2000)
work = writing.Writing(Path(sys.argv[1]))
while work.record_piece() is not None:
    pass
"""


def test_a_recorder_that_is_killed_again_and_again_records_each_share_once(
    tmp_path: Path, journal: JournalMaker, file_database: FileDatabase
) -> None:
    journal.shares(1500)
    environment = {**os.environ, "MINERCONSOLE_HOME": str(tmp_path), "DJANGO_LAYER": "rows"}
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path)]
    for wanted in (100, 400):  # far from the end, which it must not reach before the signal does
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
        _wait_for_rows(file_database, wanted, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was killed in the middle"
    assert file_database.nonces == list(range(len(file_database.nonces)))
    in_thread(lambda: record_through(tmp_path, lambda: None))
    assert file_database.nonces == list(range(1500))


def _wait_for_rows(database: FileDatabase, count: int, process: subprocess.Popen[bytes]) -> None:
    until(lambda: process.poll() is not None or len(database.nonces) >= count, 60.0, f"{count} rows")


def test_a_database_put_back_from_a_copy_of_yesterday_catches_up(
    tmp_path: Path, journal: JournalMaker, file_database: FileDatabase
) -> None:
    journal.shares(10)
    in_thread(lambda: record_through(tmp_path, lambda: None))
    shutil.copy(file_database.path, tmp_path / "copy")
    journal.next_file()
    journal.shares(10)
    in_thread(lambda: record_through(tmp_path, lambda: None))
    assert file_database.nonces == list(range(20))
    shutil.copy(tmp_path / "copy", file_database.path)
    assert file_database.nonces == list(range(10))
    in_thread(lambda: record_through(tmp_path, lambda: None))
    assert file_database.nonces == list(range(20))
