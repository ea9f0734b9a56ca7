"""Which keys of Nodes are no streams, or more than anybody should read: they are deleted, not read. Pure.

A Node may write what it likes into its own keys, and a call that reads the streams of many fails for all of them when
one is of another type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MOST_STREAM_BYTES = 16 << 20
"""Above what the streams of a Node that does what it should take in the broker's memory."""


def ask_sizes(asking: Any, keys: Sequence[str]) -> None:
    """Put the questions into a pipeline, of one thread or of an event loop. All entries are counted, not a sample."""
    for key in keys:
        asking.type(key)
        asking.memory_usage(key, samples=0)


def unfit_keys(keys: Sequence[str], answers: Sequence[Any], most_bytes: int = MOST_STREAM_BYTES) -> list[str]:
    """Return those of `keys` that are no streams or above `most_bytes`, from the pipeline's answers."""
    kinds, sizes = answers[::2], answers[1::2]
    return [
        key
        for key, kind, size in zip(keys, kinds, sizes, strict=True)
        if kind not in (b"none", b"stream") or (size or 0) > most_bytes
    ]
