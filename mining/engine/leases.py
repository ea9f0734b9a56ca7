"""NonceLedger: hands out disjoint nonce ranges of one job. Pure.

A nonce is handed out at most once per job, also when cores join while it runs; what a dead worker left of its lease is
continued by its successor through the cursor, not handed out again.
"""

from __future__ import annotations


class NonceLedger:
    """The unspent nonces of one job.

    `first`, `count`: the nonces that may be used; `chunk`: the usual lease size. When many cores share a small space
    (NiceHash mode: 2^24), leases shrink so that each core gets several.
    """

    def __init__(self, first: int, count: int, *, chunk: int, cores: int) -> None:
        if count < 1 or chunk < 1:
            raise ValueError(f"a nonce space of {count} with leases of {chunk} is empty")
        self._next = first
        self._end = first + count
        self._chunk = max(1, min(chunk, count // max(1, cores * 8)))

    def take(self) -> tuple[int, int] | None:
        """Return the next range [start, end), or None when the space is used up: the job needs a fresh extra nonce."""
        if self._next >= self._end:
            return None
        start = self._next
        self._next = min(start + self._chunk, self._end)
        return start, self._next
