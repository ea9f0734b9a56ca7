"""A sink that writes down what a job source says, and a running source with deadlines for tests to wait on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from mining.engine.jobs import Job, Link, Share
from mining.engine.sources.base import JobSource

DEADLINE_S = 30.0


class SinkRecord:
    """Everything a source told, in order."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.invalidations: list[str] = []
        self.links: list[tuple[Link, str | None]] = []
        self.disputes: list[str] = []
        self.is_hashing = False

    def job_received(self, job: Job) -> None:
        self.jobs.append(job)
        self.is_hashing = True

    def jobs_invalidated(self, reason: str) -> None:
        self.invalidations.append(reason)
        self.is_hashing = False

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        self.links.append((link, cause))

    def memory_disputed(self, reason: str) -> None:
        self.disputes.append(reason)

    @property
    def link(self) -> Link | None:
        return self.links[-1][0] if self.links else None

    @property
    def cause(self) -> str:
        return (self.links[-1][1] or "") if self.links else ""


async def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Poll `condition` each 5 ms; fail by name at the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while not condition():
        assert loop.time() < end, f"not within {deadline_s:g} s: {what}"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(source: JobSource) -> AsyncIterator[SinkRecord]:
    """Run a source; an error it ends with fails the test at the end."""
    sink = SinkRecord()
    task = asyncio.create_task(source.run(sink))
    try:
        yield sink
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await source.close()


def share_of(job: Job, nonce: int = 0) -> Share:
    """A share that claims to be good; only a daemon that checks no proof of work believes it."""
    return Share(generation=1, job=job, nonce=nonce, hash=bytes(32), core=0, found_at=0.0)
