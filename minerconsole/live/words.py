"""What a page may say on the live stream. Everything else ends the connection."""

from __future__ import annotations

from typing import Literal

import msgspec

from mining.decoding import ready_to_decode

MOST_BYTES = 4096


class Pong(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="pong"):
    """The answer to a ping, with its `at`."""

    at: float


class Resync(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="resync"):
    """Send a snapshot."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="rate"):
    """Send a Frame each `every_s` seconds."""

    every_s: Literal[1, 5, 15]


Word = Pong | Resync | Rate
ready_to_decode(Word)


def read_word(text: str | None) -> Word | None:
    """Return what a page said; None for what no page of ours says."""
    if text is None or len(text) > MOST_BYTES:
        return None
    data = text.encode(errors="replace")
    if len(data) > MOST_BYTES:
        return None
    try:
        word: Word = msgspec.json.decode(data, type=Word)
    except (msgspec.DecodeError, RecursionError):
        return None
    return word
