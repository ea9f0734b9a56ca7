"""The log file: private, bounded, and never a reason to stop."""

from __future__ import annotations

import stat
from pathlib import Path

from mining.terminal.logfile import LogFile


def test_the_log_is_private_even_when_it_was_not_before(tmp_path: Path) -> None:
    path = tmp_path / "log" / "miner.log"
    path.parent.mkdir()
    path.touch(mode=0o644)
    LogFile(path)("a line")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "a line\n"


def test_a_new_log_folder_is_private(tmp_path: Path) -> None:
    LogFile(tmp_path / "log" / "miner.log")("a line")
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700


def test_five_files_at_most_and_none_too_large(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "miner.log", max_bytes=100)
    for number in range(100):
        log(f"line {number:014d}")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["miner.log", "miner.log.1", "miner.log.2", "miner.log.3", "miner.log.4"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    newest_last = [
        *(tmp_path / "miner.log.1").read_text().splitlines(),
        *(tmp_path / "miner.log").read_text().splitlines(),
    ]
    assert newest_last[-1] == f"line {99:014d}"
    assert newest_last == sorted(newest_last)


def test_an_existing_log_is_continued_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "miner.log"
    path.write_text("x" * 95 + "\n")
    LogFile(path, max_bytes=100)("a new line")
    assert path.read_text() == "a new line\n"
    assert (tmp_path / "miner.log.1").read_text().startswith("xxx")


def test_lines_that_could_not_be_written_are_counted_and_reported_later(tmp_path: Path) -> None:
    path = tmp_path / "miner.log"
    path.mkdir()
    log = LogFile(path)
    log("lost")
    log("lost too")
    assert log.dropped_lines == 2
    path.rmdir()
    log("kept")
    assert path.read_text() == "2 lines could not be written here.\nkept\n"


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "miner.log").symlink_to(tmp_path / "elsewhere")
    LogFile(tmp_path / "miner.log")("a line")
    assert not (tmp_path / "elsewhere").exists()
