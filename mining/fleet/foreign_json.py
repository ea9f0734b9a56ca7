"""JSON that a machine of the fleet wrote, as plain values that rows and pages can keep. Pure.

Its password may be in anybody's hands: what PostgreSQL, JSON or a reader's patience refuses is taken out here.
"""

from __future__ import annotations

import json
import math
from typing import Any

MOST_BYTES = 128 << 10
"""Longer than any answer; what is longer is no answer."""
_DEEPEST, _LONGEST_TEXT = 16, 4096
_LARGEST = 10**18


def foreign_object(data: bytes) -> dict[str, Any] | None:
    """Read a JSON object; None for what is none, too long or too deep.

    Texts lose NULs and lone surrogates and are cut, numbers that JSON or 64 bits cannot hold become null.
    """
    if len(data) > MOST_BYTES:
        return None
    try:
        value = _clean(json.loads(data), _DEEPEST)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def foreign_text(value: object, most: int) -> str:
    """Return a text that may be shown: one line, of at most `most` characters; "" for what is no text."""
    text = value[:most] if isinstance(value, str) else ""
    return "".join(each for each in text if each.isprintable())


def _clean(value: Any, depth: int) -> Any:
    """Raises ValueError for what is nested too deep."""
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(key): _clean(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each, depth - 1) for each in value]
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= _LARGEST):
        return None
    return value


def _text(text: str) -> str:
    return text[:_LONGEST_TEXT].replace("\0", "").encode("utf-8", "ignore").decode()
