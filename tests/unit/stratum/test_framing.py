"""Bytes into lines: cut, glued, empty, too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.errors import LineTooLongError
from mining.stratum.framing import LineBuffer


def read(data: bytes, cuts: list[int], limit: int = 16) -> tuple[list[bytes], bool]:
    """Feed `data` in pieces; the lines, and whether one was too long."""
    buffer, lines = LineBuffer(limit), []
    ends = sorted(cut % (len(data) + 1) for cut in cuts)
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        try:
            lines += buffer.feed(data[start:end])
        except LineTooLongError as error:
            return lines + error.lines, True
    return lines, False


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\n", [b"one"]),
        (b"one\r\n", [b"one"]),
        (b"one\ntwo\n", [b"one", b"two"]),
        (b"\n\r\n  \none\n\n", [b"one"]),
        (b"one\ntw", [b"one"]),
        (b"", []),
    ],
)
def test_lines_come_without_their_ends(data: bytes, lines: list[bytes]) -> None:
    assert LineBuffer().feed(data) == lines


def test_an_unfinished_line_waits_for_its_end() -> None:
    buffer = LineBuffer()
    assert [buffer.feed(piece) for piece in (b'{"a"', b":1", b"}\n{")] == [[], [], [b'{"a":1}']]


def test_a_line_as_long_as_the_limit_passes() -> None:
    assert LineBuffer(4).feed(b"1234\n") == [b"1234"]


@pytest.mark.parametrize("pieces", [[b"12345\n"], [b"12345"], [b"1234", b"5"], [b"1", b"2345\n"]])
def test_a_longer_line_is_refused_for_good(pieces: list[bytes]) -> None:
    buffer = LineBuffer(4)
    for piece in pieces[:-1]:
        assert buffer.feed(piece) == []
    with pytest.raises(LineTooLongError) as caught:
        buffer.feed(pieces[-1])
    assert caught.value.code == "line_too_long" and "4 bytes" in caught.value.sentence
    with pytest.raises(LineTooLongError):
        buffer.feed(b"ok\n")


def test_the_lines_before_a_long_one_are_not_lost() -> None:
    with pytest.raises(LineTooLongError) as caught:
        LineBuffer(4).feed(b"one\ntwo\n12345\nlost\n")
    assert caught.value.lines == [b"one", b"two"]


@given(data=st.lists(st.sampled_from([b"\n", b"\r\n", b"{}", b"abc", b" ", b"0123456"])).map(b"".join), cuts=st.data())
def test_the_cut_into_reads_changes_nothing(data: bytes, cuts: st.DataObject) -> None:
    assert read(data, cuts.draw(st.lists(st.integers(0, 99)))) == read(data, [])
