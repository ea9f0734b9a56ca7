"""The recorder's thread with a database that is locked, deleted, read-only, full or damaged.

It waits, says so once in a sentence, and loses nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import OperationalError

from mining.errors import MinerConsoleError
from mining.telemetry.frame import Frame, frame_from_json
from mining.telemetry.journal_tail import next_piece
from mining.telemetry.recorder import Recorder
from mining.telemetry.recorder import recorder as recorder_module
from mining.telemetry.recorder import troubles as troubles_module
from mining.telemetry.recorder import writing as writing_module
from mining.telemetry.recorder.recorder import DELETED, MOST_FRAMES
from mining.telemetry.recorder.rows import write_lines
from mining.telemetry.recorder.troubles import TroubleLog, trouble_of
from tests.django.recorder.conftest import FileDatabase
from tests.support.journals import JournalMaker
from tests.support.process_facts import until

WAIT_S = 200.0  # tables are made by a process of its own, which takes long where many tests run
EXAMPLE = frame_from_json((Path(__file__).parents[2] / "vectors" / "frame_v1.json").read_bytes())


class Run:
    """A recorder of one home, and what it said."""

    def __init__(self, home: Path, **more: float) -> None:
        self.said: list[tuple[str, str]] = []
        self.recorder = Recorder(home, **more)
        self.recorder.start(lambda level, sentence: self.said.append((level, sentence)))

    def warned(self, words: str) -> bool:
        return any(level == "warning" and words in sentence for level, sentence in self.said)

    @property
    def is_calm(self) -> bool:
        return any("takes rows again" in sentence for level, sentence in self.said if level == "info")


@pytest.fixture
def start(tmp_path: Path, file_database: FileDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    monkeypatch.setattr(recorder_module, "_POLL_S", 0.02)
    monkeypatch.setattr(recorder_module, "_FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(recorder_module, "_LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(troubles_module, "_SAY_LOCKED_AFTER_S", 0.2)
    monkeypatch.setattr("mining.telemetry.recorder.database._BUSY_MS", 50)
    runs: list[Run] = []

    def begin(**more: float) -> Run:
        runs.append(Run(tmp_path, **more))
        return runs[-1]

    yield begin
    for run in runs:
        run.recorder.stop(10.0)


def until_recorded(database: FileDatabase, count: int) -> None:
    until(lambda: len(database.nonces) == count, WAIT_S, lambda: f"{count} shares, not {len(database.nonces)}")
    assert database.nonces == list(range(count))


def test_what_is_told_is_in_rows_soon_and_the_rest_at_the_end(
    start: Any, journal: JournalMaker, file_database: FileDatabase
) -> None:
    run = start()
    journal.shares(5)
    until_recorded(file_database, 5)
    journal.shares(5)
    assert run.recorder.stop(WAIT_S)
    assert file_database.nonces == list(range(10)) and run.said == []


def test_a_locked_database_is_waited_for_and_said_once(
    start: Any, journal: JournalMaker, file_database: FileDatabase
) -> None:
    run = start()
    journal.shares(3)
    until_recorded(file_database, 3)
    lock = file_database.lock()
    journal.shares(4)
    until(lambda: run.warned("is locked by another program"), WAIT_S, lambda: str(run.said))
    journal.shares(4)
    lock.close()
    until_recorded(file_database, 11)
    until(lambda: run.is_calm, WAIT_S, lambda: str(run.said))
    assert len(run.said) == 2 and "8 events" in run.said[1][1] and "not lost" in run.said[0][1]


def test_a_database_that_is_deleted_is_made_anew_and_filled_from_the_journal(
    start: Any, journal: JournalMaker, file_database: FileDatabase
) -> None:
    run = start()
    journal.shares(6)
    until_recorded(file_database, 6)
    file_database.path.unlink()
    journal.shares(6)
    until_recorded(file_database, 12)
    assert run.warned(DELETED)
    assert file_database.path.stat().st_mode & 0o077 == 0


def test_a_database_that_is_exchanged_for_an_empty_file_gets_its_tables(
    start: Any, journal: JournalMaker, file_database: FileDatabase, tmp_path: Path
) -> None:
    start()
    journal.shares(2)
    until_recorded(file_database, 2)
    for leftover in tmp_path.glob("console.sqlite3*"):
        leftover.unlink()
    (tmp_path / "console.sqlite3").touch()
    journal.shares(2)
    until_recorded(file_database, 4)


def test_a_damaged_database_is_named_and_left_alone_until_it_is_moved_away(
    start: Any, journal: JournalMaker, file_database: FileDatabase, tmp_path: Path, _empty_database: Path
) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"this is not a database, and somebody may want it back" * 100)
    damaged.replace(file_database.path)
    run = start()
    journal.shares(2)
    until(lambda: run.warned("is damaged"), WAIT_S, lambda: str(run.said))
    assert file_database.path.read_bytes().startswith(b"this is not")
    shutil.copy(_empty_database, damaged)
    damaged.replace(file_database.path)
    until_recorded(file_database, 2)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("database or disk is full", "the disk is full"),
        ("attempt to write a readonly database", "cannot be written to"),
        ("disk I/O error", "does not take the rows (OperationalError: disk I/O error)"),
    ],
)
def test_a_trouble_that_comes_at_the_worst_moment_loses_nothing(
    start: Any,
    journal: JournalMaker,
    file_database: FileDatabase,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    expected: str,
) -> None:
    write, is_broken = write_lines, True

    def broken(node: Any, lines: Any) -> int:
        unreadable = write(node, lines)
        if is_broken:
            raise OperationalError(words)
        return unreadable

    monkeypatch.setattr(writing_module, "write_lines", broken)
    run = start()
    journal.shares(5)
    until(lambda: run.warned(expected), WAIT_S, lambda: str(run.said))
    assert file_database.nonces == []
    is_broken = False
    until_recorded(file_database, 5)
    until(lambda: run.is_calm, WAIT_S, lambda: str(run.said))


def test_a_stop_while_the_database_is_locked_is_bounded_and_the_next_start_goes_on(
    start: Any, journal: JournalMaker, file_database: FileDatabase
) -> None:
    run = start()
    journal.shares(2)
    until_recorded(file_database, 2)
    lock = file_database.lock()
    journal.shares(3)
    assert not run.recorder.stop(1.0)
    lock.close()
    start()
    until_recorded(file_database, 5)


def test_an_error_that_nobody_foresaw_ends_neither_thread_nor_counting(
    start: Any, journal: JournalMaker, file_database: FileDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, is_broken = next_piece, True

    def broken(home: Path, place: Any) -> Any:
        if is_broken:
            raise ZeroDivisionError("nobody thought of this")
        return take(home, place)

    monkeypatch.setattr(writing_module, "next_piece", broken)
    run = start()
    journal.shares(2)
    until(lambda: run.warned("ZeroDivisionError: nobody thought of this"), WAIT_S, lambda: str(run.said))
    is_broken = False
    until_recorded(file_database, 2)


def frame_event(seq: int, started_at: float) -> dict[str, object]:
    frame: Frame = msgspec.structs.replace(EXAMPLE, seq=seq, at=started_at + seq)
    made: dict[str, object] = {"event": "frame", **msgspec.to_builtins(frame)}
    return made


def test_frames_become_history_and_what_cannot_wait_is_dropped_and_counted(
    start: Any, file_database: FileDatabase
) -> None:
    run, started_at = (
        start(samples_every_s=0.05),
        time.time() - 60,
    )  # older ones than an hour are not kept by the second
    run.recorder.frame({"event": "frame", "of": "another version"})
    for seq in range(1, 30):
        run.recorder.frame(frame_event(seq, started_at))
    until(lambda: bool(file_database.rows("SELECT 1 FROM mining_rateblock")), WAIT_S, "history")
    assert run.recorder.stop(WAIT_S)
    tiers = [row[0] for row in file_database.rows("SELECT DISTINCT step_s FROM mining_rateblock ORDER BY step_s")]
    assert tiers == [1, 10, 60, 900]
    assert file_database.rows("SELECT dropped_samples FROM mining_journalposition") == [(1,)]


def test_frames_wait_in_a_bounded_queue_while_the_thread_cannot_take_them(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for seq in range(MOST_FRAMES + 50):
        recorder.frame(frame_event(seq, 0.0))
    assert len(recorder._frames) == MOST_FRAMES and recorder._dropped == 50


def test_each_trouble_is_said_once_and_a_short_lock_not_at_all() -> None:
    said: list[tuple[str, str]] = []
    log = TroubleLog(lambda level, sentence: said.append((level, sentence)))
    locked, full = (trouble_of(OperationalError(words)) for words in ("database is locked", "disk is full"))
    log.met(locked, 0.0)
    log.over(1.0)
    assert said == [] and not log.has_trouble
    for second in range(10):
        log.met(locked, float(second))
    log.met(full, 10.0)
    log.recorded(3)
    log.over(12.0)
    assert [level for level, _ in said] == ["warning", "warning", "info"]
    assert "after 12 s; 3 events" in said[2][1]


def test_troubles_of_a_secret_and_of_the_journal_name_themselves() -> None:
    secret = trouble_of(MinerConsoleError("The secret file x cannot be used", next_step="Make it yours.", code="s"))
    assert secret.code == "s" and secret.sentence.startswith("The secret file x cannot be used. Make it yours. Mining")
    assert trouble_of(PermissionError(13, "Permission denied", "journal")).sentence.startswith("The journal cannot be")
