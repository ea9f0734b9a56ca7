"""Entries of a Node's streams: values to fields and back, and what is refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.fleet.wire import (
    Message,
    Shipment,
    message_fields,
    message_of,
    place_of,
    place_text,
    shipment_fields,
    shipment_of,
    shipments,
)
from mining.telemetry.journal_tail import Place

FILE = "00000001-01JD9Z7RB1C2D3E4F5G6H7JKMN.jsonl"
LINES = st.lists(st.binary(min_size=1, max_size=40).filter(lambda line: b"\n" not in line), min_size=1, max_size=30)


def _received(fields: dict[str, bytes]) -> dict[bytes, bytes]:
    return {name.encode(): value for name, value in fields.items()}


@pytest.mark.parametrize("place", [Place(), Place(FILE, 0), Place(FILE, 12_345_678_901)])
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert place_of(place_text(place)) == place == place_of(place_text(place).encode())


@pytest.mark.parametrize(
    "text", [None, "", "12", f"{FILE}:-1", f"{FILE}:x", "x" * 81 + ":1", "a\0:1", f"{FILE}:{1 << 70}"]
)
def test_what_is_no_place_is_none(text: str | None) -> None:
    assert place_of(text) is None


@given(LINES, st.integers(1, 200))
def test_shipments_go_on_from_one_another_and_lose_no_line(lines: list[bytes], most: int) -> None:
    size = sum(len(line) + 1 for line in lines)
    begin, end = Place("before", 7), Place(FILE, 1000 + size)
    made = list(shipments(begin, lines, end, most_bytes=most))
    assert [line for shipment in made for line in shipment.lines] == lines
    assert [made[0].begin, made[-1].end] == [begin, end]
    assert all(one.end == two.begin for one, two in itertools.pairwise(made))
    assert all(len(each.lines) == 1 or sum(len(line) + 1 for line in each.lines) <= most for each in made)
    assert [shipment_of(_received(shipment_fields(each))) for each in made] == made


def test_a_place_that_moved_without_lines_is_shipped_too() -> None:
    (made,) = shipments(Place(FILE, 5), [], Place("next", 0), most_bytes=10)
    assert made == Shipment(Place(FILE, 5), Place("next", 0), ())
    assert shipment_of(_received(shipment_fields(made))) == made
    assert list(shipments(Place(FILE, 5), [], Place(FILE, 5), most_bytes=10)) == []


@pytest.mark.parametrize("lacking", ["b", "p", "j"])
def test_a_shipment_without_one_of_its_fields_is_none(lacking: str) -> None:
    fields = shipment_fields(Shipment(Place(), Place(FILE, 2), (b"x",)))
    assert shipment_of(_received({name: value for name, value in fields.items() if name != lacking})) is None


@pytest.mark.parametrize(
    "message",
    [Message(12.5, "R", frame=b"{}"), Message(12.5, "R", event=b"{}"), Message(12.5, "R", is_bye=True)],
)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert message_of(_received(message_fields(message))) == message


@pytest.mark.parametrize(
    "fields", [{}, {b"n": b"1"}, {b"f": b"{}", b"n": b"soon"}, {b"f": b"x" * (1 << 19), b"n": b"1"}]
)
def test_what_is_no_message_is_none(fields: dict[bytes, bytes]) -> None:
    assert message_of(fields) is None
