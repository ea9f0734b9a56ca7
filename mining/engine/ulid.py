"""ULIDs: 26 characters, sortable by time (Crockford base 32). Clock and randomness are arguments or the system's."""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid(at_ms: int | None = None, randomness: bytes | None = None) -> str:
    """Return a new ULID: 48 bits of Unix milliseconds, 80 random bits."""
    stamp = int(time.time() * 1000) if at_ms is None else at_ms
    number = (stamp << 80) | int.from_bytes(os.urandom(10) if randomness is None else randomness, "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
