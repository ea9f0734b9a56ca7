"""Which extranonce2 values a worker may try: disjoint contiguous ranges, and serial allocation within one. Pure.

Each value opens 2^32 nonces, so handing out a value once per job means that no (job, extranonce2, nonce) is tried
twice. An exhausted range is reported and never starts over: pools ban for duplicates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mining.stratum.bitcoin.job import LARGEST_EXTRANONCE, Extranonce, V1Job, work_bytes
from mining.stratum.errors import UseError, shown

_MOST_KEYS = 1024


@dataclass(frozen=True, slots=True)
class Extranonce2Range:
    """The values first .. first + count - 1, each written big-endian in `size` bytes; `count` may be 0."""

    size: int
    first: int
    count: int

    def __contains__(self, value: object) -> bool:
        """Whether a number lies in the range."""
        return isinstance(value, int) and self.first <= value < self.first + self.count

    def value(self, index: int) -> bytes:
        """Return the value at an index from 0, as its bytes. Raises UseError outside the range."""
        if not 0 <= index < self.count:
            raise UseError(f"The extranonce2 range has {self.count} values, not one at {shown(index)}")
        return (self.first + index).to_bytes(self.size, "big")


def all_extranonces(size: int) -> Extranonce2Range:
    """Return all values of `size` bytes. Raises UseError for a size outside 1..100."""
    if not 1 <= size <= LARGEST_EXTRANONCE:
        raise UseError(f"The extranonce2 size {shown(size)} is not 1 to {LARGEST_EXTRANONCE}")
    return Extranonce2Range(size, 0, 1 << 8 * size)


def split(whole: Extranonce2Range, parts: int) -> tuple[Extranonce2Range, ...]:
    """Cut a range into contiguous parts, disjoint and complete, whose counts differ by at most one.

    With fewer values than parts the last ones are empty. Raises UseError for less than one part.
    """
    if parts < 1:
        raise UseError(f"An extranonce2 range cannot be split into {shown(parts)} parts")
    each, more = divmod(whole.count, parts)
    first, ranges = whole.first, []
    for number in range(parts):
        count = each + (number < more)
        ranges.append(Extranonce2Range(whole.size, first, count))
        first += count
    return tuple(ranges)


class Extranonce2Allocator:
    """Gives out the values of one range, for one extranonce1 of one session, each once per job.

    Jobs with the same id, or with the same bytes to hash, count as one job (see `shares_extranonces`). The last 512
    jobs are remembered; a forgotten one raises the value at which unknown jobs begin, so that it can never repeat.
    """

    def __init__(self, extranonce: Extranonce, values: Extranonce2Range | None = None) -> None:
        self._extranonce = extranonce
        self._values = all_extranonces(extranonce.second_size) if values is None else values
        if self._values.size != extranonce.second_size:
            raise UseError(f"The extranonce2 has {extranonce.second_size} bytes, not {self._values.size}")
        self._next: dict[object, int] = {}
        self._floor = 0

    def take(self, job: V1Job) -> bytes | None:
        """Return a value not yet given out for the job; None when there is no more: the job is exhausted.

        Raises UseError for a job with another extranonce.
        """
        if job.extranonce != self._extranonce:
            raise UseError("The job belongs to another extranonce", next_step="Make a new allocator for it.")
        keys = (job.job_id, _digest(job))
        index = max(self._next.pop(key, self._floor) for key in keys)
        value = self._values.value(index) if index < self._values.count else None
        for key in keys:
            self._next[key] = min(index + 1, self._values.count)
        while len(self._next) > _MOST_KEYS:
            self._floor = max(self._floor, self._next.pop(next(iter(self._next))))
        return value

    def left(self, job: V1Job) -> int:
        """Return how many values are left for the job."""
        return self._values.count - max(self._next.get(key, self._floor) for key in (job.job_id, _digest(job)))


def _digest(job: V1Job) -> bytes:
    return hashlib.sha256(repr(work_bytes(job)).encode()).digest()
