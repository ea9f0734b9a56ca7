"""How an address is shown: enough to recognise one's own, short enough for a status line."""

from __future__ import annotations

_HEAD = 6
_TAIL = 2


def mask_address(address: str) -> str:
    """Return the first 6 and the last 2 characters, as in `48edfH…oD`; what is not longer than that stays whole."""
    if len(address) <= _HEAD + _TAIL + 1:
        return address
    return f"{address[:_HEAD]}…{address[-_TAIL:]}"
