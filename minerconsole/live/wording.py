"""The messages of the live stream as JSON text, but for those that the feed fills (hub.py). Protocol 2."""

from __future__ import annotations

import time

import msgspec

from minerconsole.live.mailbox import Item
from mining.telemetry.frame import Frame

PROTOCOL = 2
RETRY_S = 1.0
"""When pages are told to try again after a goodbye."""


def hello_text(*, epoch: str, role: str, node: str) -> str:
    """The message `hello`."""
    head = {"type": "hello", "protocol": PROTOCOL, "server_time": round(time.time(), 3), "epoch": epoch}
    return text_of({**head, "interval_s": 1, "role": role, "node": node})


def frame_json(frame: Frame) -> bytes:
    """A Frame as pages are told it: its cores are rows of values in the order of CoreRow. Of 64 cores, each second, the
    names would be more than half of the message that every page reads."""
    fields: dict[str, object] = {name: getattr(frame, name) for name in frame.__struct_fields__}
    return msgspec.json.encode({**fields, "cores": [msgspec.structs.astuple(row) for row in frame.cores]})


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
