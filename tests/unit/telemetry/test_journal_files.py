"""Reading the journal: order of files, whole lines, torn ones, and lines that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.telemetry.journal_files import decode_line, file_name, journal_folder, journal_names, number_of, read_chunk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = journal_folder(tmp_path)
    made.mkdir()
    return made


def test_files_are_ordered_by_number_and_strangers_are_passed_over(tmp_path: Path, folder: Path) -> None:
    for name in (file_name(10, "B"), file_name(9, "C"), file_name(123_456_789, "A"), "notes.txt", "1-A.jsonl"):
        (folder / name).touch()
    assert [number_of(name) for name in journal_names(tmp_path)] == [9, 10, 123_456_789]


def test_a_home_without_a_journal_has_no_files(tmp_path: Path) -> None:
    assert journal_names(tmp_path) == []


def test_an_unfinished_line_is_not_read_and_is_told(folder: Path) -> None:
    path = folder / "x"
    path.write_bytes(b"one\ntwo\nthr")
    chunk = read_chunk(path, 0)
    assert (chunk.lines, chunk.end, chunk.torn) == ([b"one", b"two"], 8, 3)
    path.write_bytes(b"one\ntwo\nthree\n")
    assert read_chunk(path, chunk.end).lines == [b"three"]


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=20), st.integers(1, 40))
def test_any_file_is_read_whole_in_chunks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], limit: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "chunks"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    offset, found = 0, []
    while (chunk := read_chunk(path, offset, limit)).lines:
        found += chunk.lines
        offset = chunk.end
    assert found == lines and offset == path.stat().st_size


@given(st.binary(max_size=80))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    decode_line(data)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[1]",
        b'{"epoch":"","serial":1,"at":1.0,"told":{}}',
        b'{"epoch":"A","serial":-1,"at":1.0,"told":{}}',
        b'{"epoch":"A","serial":9223372036854775808,"at":1.0,"told":{}}',
        b'{"epoch":"A","serial":1,"at":9e99,"told":{}}',
        b'{"epoch":"A","serial":1,"at":1.0,"told":7}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_line_is_none(line: bytes) -> None:
    assert decode_line(line) is None
