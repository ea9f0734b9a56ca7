"""JobRing: our mirror of the jobs that a pool still knows, and of the nonces that were sent for each. Pure.

A share is sent only for a job in the ring, and only once. Pools keep 4 to 10 jobs; some forget all at a new height, or
say with a job that all older ones are dead.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    job: T
    height: int | None
    sent: set[tuple[bytes, int]] = field(default_factory=set)


class JobRing(Generic[T]):
    """The last `kept` jobs of one session; with `is_current_height_only`, those of the newest height."""

    def __init__(self, *, kept: int, is_current_height_only: bool) -> None:
        self._kept = kept
        self._is_current_height_only = is_current_height_only
        self._jobs: OrderedDict[str, _Kept[T]] = OrderedDict()

    def add(self, job_id: str, job: T, *, height: int | None, is_clean: bool = False) -> None:
        """Take in a new job. One with a known id replaces it, and what was sent for it stays known.

        `is_clean`: no other job is of use any more.
        """
        before = self._jobs.pop(job_id, None)
        if is_clean:
            self._jobs.clear()
        if self._is_current_height_only:
            for old in [name for name, row in self._jobs.items() if row.height != height]:
                del self._jobs[old]
        self._jobs[job_id] = _Kept(job, height, before.sent if before else set())
        while len(self._jobs) > self._kept:
            self._jobs.popitem(last=False)

    def get(self, job_id: str) -> T | None:
        """The job, None when the pool will not know it any more."""
        row = self._jobs.get(job_id)
        return None if row is None else row.job

    @property
    def newest(self) -> T | None:
        """The job that came last."""
        return next(reversed(self._jobs.values())).job if self._jobs else None

    @property
    def newest_id(self) -> str | None:
        """The id of the job that came last."""
        return next(reversed(self._jobs)) if self._jobs else None

    def mark_sent(self, job_id: str, nonce: int, part: bytes = b"") -> bool:
        """Note that `nonce` goes out for this job, and its `part` where it has several; False when it went out before:
        it must not go again."""
        row = self._jobs[job_id]
        if (part, nonce) in row.sent:
            return False
        row.sent.add((part, nonce))
        return True

    def keep_only(self, job_id: str) -> None:
        """All jobs but this one are dead."""
        for other in [name for name in self._jobs if name != job_id]:
            del self._jobs[other]

    def drop(self, job_id: str) -> None:
        """The pool said that it does not know this job any more."""
        self._jobs.pop(job_id, None)
