"""Stream entries of a Node as values, and back. What comes from Redis is judged before anything believes it. Pure.

Frames stream: `f` a Frame as `mine --json` prints it, or `e` an event, or `bye`; `n` the Node's own Unix time, `r` the
run that sends it. Journal stream: `j` whole lines joined by line feeds, `b` the place before and `p` the place behind
them (`file:offset` of the Node's journal). Each shipment names the place it goes on from, so that whoever reads them
sees at once when one is missing, doubled or out of order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mining.telemetry.journal_tail import Place

Fields = Mapping[bytes, bytes]
MOST_FRAMES = 120
"""Entries that a Node's stream of Frames holds, roughly: two minutes."""
MOST_SHIPMENTS = 64
"""Shipments that wait in Redis for the console; what is behind them waits on the Node's disk."""
SHIPMENT_BYTES = 64 << 10
"""Lines of about this size make one shipment."""
LONGEST_FRAME = 256 << 10
LONGEST_SHIPMENT = 4 << 20
_LONGEST_FILE_NAME = 80
_FARTHEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Shipment:
    """Lines of a journal between two places."""

    begin: Place
    end: Place
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the Frames stream. `frame` and `event` are JSON, at most one of them is not empty.

    `node_at`: the Node's clock, Unix seconds. `run`: drawn by the process that sends. `is_bye`: the last one of it.
    """

    node_at: float
    run: str
    frame: bytes = b""
    event: bytes = b""
    is_bye: bool = False


def place_text(place: Place) -> str:
    """`file:offset`; ":0" is the beginning."""
    return f"{place.file}:{place.offset}"


def place_of(text: bytes | str | None) -> Place | None:
    """Read `file:offset`; None for what is none."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
    file, colon, offset = words.rpartition(":")
    if not colon or not (offset.isascii() and offset.isdecimal()) or len(offset) > 19 or int(offset) > _FARTHEST:
        return None
    return Place(file, int(offset)) if len(file) <= _LONGEST_FILE_NAME and file.isprintable() else None


def shipment_fields(shipment: Shipment) -> dict[str, bytes]:
    """The entry of a shipment."""
    return {
        "b": place_text(shipment.begin).encode(),
        "p": place_text(shipment.end).encode(),
        "j": b"\n".join(shipment.lines),
    }


def shipment_of(fields: Fields) -> Shipment | None:
    """Read an entry of the journal stream; None for what is none."""
    begin, end, lines = place_of(fields.get(b"b")), place_of(fields.get(b"p")), fields.get(b"j")
    if begin is None or end is None or lines is None or len(lines) > LONGEST_SHIPMENT:
        return None
    return Shipment(begin, end, tuple(lines.split(b"\n")) if lines else ())


def message_fields(message: Message) -> dict[str, bytes]:
    """The entry of a Frame, an event or a goodbye."""
    fields = {"n": b"%.3f" % message.node_at, "r": message.run.encode()}
    if message.is_bye:
        return {**fields, "bye": b"1"}
    return {**fields, "f": message.frame} if message.frame else {**fields, "e": message.event}


def message_of(fields: Fields) -> Message | None:
    """Read an entry of the Frames stream; None for what is none."""
    frame, event = fields.get(b"f", b""), fields.get(b"e", b"")
    is_bye = b"bye" in fields
    if not (frame or event or is_bye) or len(frame) > LONGEST_FRAME or len(event) > LONGEST_FRAME:
        return None
    try:
        node_at = float(fields.get(b"n", b""))
    except ValueError:
        return None
    run = fields.get(b"r", b"")[:26].decode("ascii", "replace")
    return Message(node_at, run, frame, event if not frame else b"", is_bye)


def shipments(begin: Place, lines: list[bytes], end: Place, *, most_bytes: int) -> Iterator[Shipment]:
    """Cut a piece of a journal into shipments of about `most_bytes`. `end` is behind the last line, in one file.

    Only the first one may begin in another file, or at another line than the one before the first.
    """
    sizes = [len(line) + 1 for line in lines]
    at = end.offset - sum(sizes)
    first = 0
    while first < len(lines):
        last, size = first, 0
        while last < len(lines) and (size == 0 or size + sizes[last] <= most_bytes):
            size += sizes[last]
            last += 1
        at += size
        place = Place(end.file, at)
        yield Shipment(begin, place, tuple(lines[first:last]))
        begin, first = place, last
    if not lines and begin != end:
        yield Shipment(begin, end, ())
