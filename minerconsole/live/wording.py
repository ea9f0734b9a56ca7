"""The messages of the live stream as JSON text, but for those that the feed fills (hub.py). Protocol 3."""

from __future__ import annotations

import time

import msgspec

from minerconsole.live.mailbox import Item
from mining.telemetry.frame import CoreRow, Frame

PROTOCOL = 3
RETRY_S = 1.0
"""When pages are told to try again after a goodbye."""


def hello_text(*, epoch: str, role: str, node: str) -> str:
    """The message `hello`."""
    head = {"type": "hello", "protocol": PROTOCOL, "server_time": round(time.time(), 3), "epoch": epoch}
    return text_of({**head, "interval_s": 1, "role": role, "node": node})


def frame_json(frame: Frame) -> bytes:
    """A Frame as pages are told it: its cores are columns by the names of CoreRow, and one in which all of them say the
    same is that value alone. Rows with names would be most of what every page reads each second."""
    fields: dict[str, object] = {name: getattr(frame, name) for name in frame.__struct_fields__}
    columns = zip(*map(msgspec.structs.astuple, frame.cores), strict=True)
    named = dict(zip(CoreRow.__struct_fields__, columns, strict=False)) or {"core": ()}
    return msgspec.json.encode({**fields, "cores": {name: _shortest(name, told) for name, told in named.items()}})


def _shortest(name: str, column: tuple[object, ...]) -> object:
    """A column as it is told, 4000 for 4000.0. The cores' numbers are always a list: it tells how many there are."""
    short = [int(value) if isinstance(value, float) and value.is_integer() else value for value in column]
    return short if name == "core" or short.count(short[0]) < len(short) else short[0]


def event_text(item: Item) -> str:
    """The message `event` or `events_skipped` of an item of these kinds."""
    if item.event is None:
        return text_of({"type": "events_skipped", "count": item.count})
    return text_of({"type": "event", "seq": item.event.serial, "event": msgspec.Raw(item.event.line)})


def ping_text(at: float) -> str:
    """The message `ping`; the page sends `at` back."""
    return text_of({"type": "ping", "at": at})


def bye_text() -> str:
    """The message `bye`."""
    return text_of({"type": "bye", "retry_in_s": RETRY_S})


def text_of(message: dict[str, object]) -> str:
    """Encode one message."""
    return msgspec.json.encode(message).decode()
