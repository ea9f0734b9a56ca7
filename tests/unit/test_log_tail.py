"""Reading the log file from where a reader was, and what never leaves the computer with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mining.terminal import log_tail
from mining.terminal.concealing import conceal
from mining.terminal.log_tail import log_line, read_log
from mining.terminal.logfile import LogFile

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"


def _texts(part: log_tail.LogPart) -> list[str]:
    return [line.text for line in part.lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "log" / "miner.log"


def test_a_reader_gets_the_last_lines_and_then_each_new_one_once(path: Path) -> None:
    log = LogFile(path)
    for number in range(30):
        log(f"line {number}")
    first = read_log(path, most=3)
    assert _texts(first) == ["line 27", "line 28", "line 29"] and first.gap == "begun"
    assert read_log(path, after=first.place).lines == ()
    for number in range(30, 35):
        log(f"line {number}")
    part = read_log(path, after=first.place, most=2)
    assert _texts(part) == ["line 30", "line 31"] and part.is_more
    part = read_log(path, after=part.place)
    assert _texts(part) == ["line 32", "line 33", "line 34"] and not part.is_more and part.gap == ""


def test_a_line_is_given_when_it_is_whole(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("one\nhalf of")
    part = read_log(path)
    assert _texts(part) == ["one"]
    with path.open("a") as file:
        file.write(" a line\n")
    assert _texts(read_log(path, after=part.place)) == ["half of a line"]


def test_over_a_rotation_nothing_is_lost_or_told_twice(path: Path) -> None:
    log = LogFile(path, max_bytes=100)
    place, seen = "", []
    for number in range(100):
        log(f"{number:03d} of a hundred")
        is_more = number % 3 == 0
        while is_more:
            part = read_log(path, after=place)
            seen += _texts(part)
            place, is_more = part.place, part.is_more
            assert part.gap == ""
    assert seen == [f"{number:03d} of a hundred" for number in range(100)]
    assert path.with_name("miner.log.1").exists()


def test_whoever_slept_over_two_rotations_is_told_that_lines_are_missing(path: Path) -> None:
    log = LogFile(path, max_bytes=100)
    log("the first")
    place = read_log(path).place
    for number in range(50):
        log(f"{number:03d} of fifty lines")
    part = read_log(path, after=place)
    assert part.gap == "gone" and _texts(part)[-1] == "049 of fifty lines"


def test_whoever_is_too_far_behind_begins_at_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "FURTHEST_BYTES", 100)
    log = LogFile(path)
    log("the first")
    place = read_log(path).place
    for number in range(50):
        log(f"line {number}")
    part = read_log(path, after=place, most=5)
    assert part.gap == "behind" and _texts(part)[-1] == "line 49" and len(part.lines) == 5


def test_a_deleted_file_is_begun_anew_and_the_reader_is_told(path: Path) -> None:
    log = LogFile(path)
    log("before")
    place = read_log(path).place
    path.unlink()
    part = read_log(path, after=place)
    assert (part.lines, part.place, part.gap) == ((), "", "gone")
    log("after")
    assert _texts(read_log(path, after=place)) == ["after"]


def test_a_file_that_was_emptied_in_its_place_is_read_anew(path: Path) -> None:
    log = LogFile(path)
    log("a long line before")
    place = read_log(path).place
    os.truncate(path, 0)
    log("short")
    part = read_log(path, after=place)
    assert _texts(part) == ["short"] and part.gap == "gone"


@pytest.mark.parametrize("after", ["", "x", "1", "1-", "-1-2", "1-2-3", "9" * 40])
def test_no_file_and_places_that_are_none_are_answers(path: Path, after: str) -> None:
    assert read_log(path, after=after).lines == ()
    LogFile(path)("here")
    assert _texts(read_log(path, after=after)) == ["here"]


def test_a_link_is_not_followed_out_of_the_folder(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "other").write_text("not for you\n")
    path.symlink_to(tmp_path / "other")
    assert read_log(path).lines == ()


def test_a_line_is_taken_apart(path: Path) -> None:
    line = log_line("2026-11-28 07:44:35  note       WARNING The disk is full")
    assert (line.at, line.topic, line.level, line.text) == (
        "2026-11-28 07:44:35",
        "note",
        "warning",
        "The disk is full",
    )
    line = log_line("2026-11-28 07:44:35  session    ERROR login refused")
    assert (line.topic, line.level) == ("session", "error")
    line = log_line("  Rate     1.2 kH/s \x1b[31m")
    assert (line.at, line.level, line.text) == ("", "info", "  Rate     1.2 kH/s ?[31m")
    assert len(log_line("x" * 10_000).text) == log_tail.LONGEST_LINE


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"pool says: unknown login {FUND}", FUND),
        (f"{FUND}.worker+1000 refused", FUND),
        ("paid to LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9.", "LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9"),
        ("to ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"),
        ("daemon+http://rpcuser:rpcpass@127.0.0.1:18081 gone", "rpcpass"),
        ("Open http://127.0.0.1:3333/login/Zk3vUq0T0pWc9-aB_12", "Zk3vUq0T0pWc9-aB_12"),
        ("token mc_0123456789abcdefghij", "0123456789abcdefghij"),
        ('{"pass": "hunter2hunter2"}', "hunter2hunter2"),
        ("password=hunter2hunter2", "hunter2hunter2"),
        ("POOL_PASSWORD=hunter2", "hunter2"),
        ("{'password': 'hunter2'}", "hunter2"),
        ("http://u:p@ss@h gone", "ss@"),
        ("http://u:p@ss@h gone", "p@"),
    ],
)
def test_addresses_and_secrets_stay_here(text: str, secret: str) -> None:
    assert secret not in conceal(text) and "…" in conceal(text)


@pytest.mark.parametrize("place", [0, 1, 1900, 1950, 1999])
def test_an_address_that_the_longest_line_cuts_stays_here(place: int) -> None:
    text = log_line(f"{'x' * (place - 1)} {FUND} unknown" if place else f"{FUND} unknown").text
    assert len(text) <= log_tail.LONGEST_LINE
    assert FUND[:20] not in text and (place > 1990 or "44AFFq…3A" in text)


@pytest.mark.parametrize(
    "text",
    [
        "block 418015bb9ae982a1975da7d79277c2705727a56894ba0fb246adaabb1f4632e3 at height 3 000 000",
        "MinerConsole 0.1.0, rx/0, offline, node 01M8GHSPZ02SX866D8D6SC1HFP",
        "Mining XMR to 48edfH…oD, from mining_config.env",
        "stratum+ssl://pool.example:443 ready, password file kept",
    ],
)
def test_what_is_public_stays_readable(text: str) -> None:
    assert conceal(text) == text
