"""SourceRelay: a job source that can be exchanged for another one while its jobs are hashed.

The next source runs beside the current one and takes over with its first job (make before break), or without one when
it took too long. The one before lives on for a while, so that what was found for its jobs still gets its outcome: every
job remembers the source that gave it. A next source that refuses for good is dropped, and the current one goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.sources.base import JobSource, SessionFacts, SourceSink
from mining.errors import MinerConsoleError

PATIENCE_S = 30.0
CHECKING_S = 2.0
LINGER_S = 10.0
_ROUND_S = 0.25
_KEPT_JOBS = 256


@dataclass(slots=True)
class RelayEvents:
    """What the owner is told; every one returns at once. `switched` gets what the sessions of the source before came
    to; `refused` the reason why the next source can never be used."""

    switched: Callable[[SessionFacts | None], None]
    refused: Callable[[MinerConsoleError], None]
    trouble: Callable[[str], None]


class SourceRelay:
    """Implements `JobSource` over the current source; `offer` names the next one, `withdraw` takes that back."""

    def __init__(
        self,
        first: JobSource,
        events: RelayEvents,
        *,
        patience_s: float = PATIENCE_S,
        checking_s: float = CHECKING_S,
        linger_s: float = LINGER_S,
    ) -> None:
        self._events = events
        self._patience_s = patience_s
        self._checking_s = checking_s
        self._linger_s = linger_s
        self._sink: SourceSink | None = None
        self._current = _Line(first, self)
        self.kind = first.kind
        self._next: _Line | None = None
        self._before: list[_Line] = []
        self._jobs: deque[tuple[Job, _Line]] = deque(maxlen=_KEPT_JOBS)
        self._wake = asyncio.Event()
        self._closing: set[asyncio.Task[None]] = set()

    # --- the change -------------------------------------------------------------------------------------------

    def offer(self, source: JobSource) -> None:
        """Change to `source` as soon as it gives a job. One that was offered before is dropped."""
        self.withdraw()
        self._next = _Line(source, self)
        if self._sink is not None:
            self._next.start()
        self._wake.set()

    def withdraw(self) -> None:
        """Stay with the current source."""
        if self._next is not None:
            self._drop(self._next)
            self._next = None

    @property
    def is_changing(self) -> bool:
        """Whether another source was offered and has not taken over."""
        return self._next is not None

    @property
    def next_facts(self) -> SessionFacts | None:
        """What is known of the sessions of the source that was offered."""
        return self._next.source.facts if self._next is not None else None

    @property
    def next_cause(self) -> str | None:
        """The last trouble of the source that was offered."""
        return self._next.cause if self._next is not None else None

    def _take_over(self, line: _Line) -> None:
        before, self._current, self._next = self._current, line, None
        self.kind = line.source.kind
        before.leave_at = time.monotonic() + self._checking_s
        before.end_at = time.monotonic() + self._linger_s
        self._before.append(before)
        self._events.switched(before.source.facts)
        if line.told is not None and self._sink is not None:
            link, endpoint, cause = line.told
            self._sink.link_changed(link, endpoint=endpoint, cause=cause)
        self._wake.set()

    # --- what a source says -----------------------------------------------------------------------------------

    def job_came(self, line: _Line, job: Job) -> None:
        """A job; the first one of the next source makes it the current one."""
        if line is self._next:
            self._take_over(line)
        if line is self._current and self._sink is not None:
            self._jobs.append((job, line))
            self._sink.job_received(job)

    def link_told(self, line: _Line, link: Link, endpoint: str, cause: str | None) -> None:
        """The state of a link; that of the next source is told when it takes over, its trouble at once."""
        line.told, line.cause = (link, endpoint, cause), cause or line.cause
        if line is self._current and self._sink is not None:
            self._sink.link_changed(link, endpoint=endpoint, cause=cause)
        elif line is self._next and cause:
            self._events.trouble(cause)

    def sink_of(self, line: _Line) -> SourceSink | None:
        """The engine, for the current source only."""
        return self._sink if line is self._current else None

    def line_ended(self) -> None:
        """The task of a source ended."""
        self._wake.set()

    # --- JobSource --------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The endpoint of the current source."""
        return self._current.source.endpoint

    @property
    def facts(self) -> SessionFacts | None:
        """The sessions of the current source."""
        return self._current.source.facts

    async def run(self, sink: SourceSink) -> None:
        """Run the sources until cancelled. Raises what the current source raises."""
        self._sink = sink
        for line in (self._current, self._next):
            if line is not None:
                line.start()
        try:
            while True:
                self._wake.clear()
                self._round(time.monotonic())
                try:
                    async with asyncio.timeout(_ROUND_S if self._next or self._before else None):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            await asyncio.gather(*self._cancelled(), return_exceptions=True)

    def _round(self, now: float) -> None:
        if self._next is not None:
            self._look_at_next(self._next, now)
        if self._current.has_ended:
            if self._next is None:
                self._current.raise_end()
            else:
                self._take_over(self._next)
        for line in [line for line in self._before if line.is_done(now)]:
            self._before.remove(line)
            self._drop(line)

    def _look_at_next(self, line: _Line, now: float) -> None:
        if line.has_ended:
            self._next = None
            self._drop(line)
            self._events.refused(line.error)
        elif now - line.began_at > self._patience_s:
            reason = line.cause or f"{line.source.endpoint} has given no job for {self._patience_s:g} s"
            self._take_over(line)
            if self._sink is not None:
                self._sink.jobs_invalidated(reason)

    def is_stale(self, job: Job) -> bool:
        """Whether the source of `job` is gone, or says so itself."""
        line = self._line_of(job)
        return line is None or line.source.is_stale(job)

    async def submit(self, share: Share) -> Outcome:
        """Deliver a share to the source of its job."""
        line = self._line_of(share.job)
        if line is None:
            return Outcome(OutcomeKind.STALE, "source_gone", "its pool or daemon had been left for another one")
        line.in_flight += 1
        try:
            return await line.source.submit(share)
        finally:
            line.in_flight -= 1
            self._wake.set()

    def request_fresh_job(self) -> None:
        """Ask the current source."""
        self._current.source.request_fresh_job()

    def notice(self) -> str | None:
        """What the current source wants to be known."""
        return self._current.source.notice()

    async def close(self) -> None:
        """Close all sources."""
        self._sink = None
        lines = [line for line in (self._current, self._next, *self._before) if line is not None]
        self._next, self._before = None, []
        for line in lines:
            self._drop(line)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _line_of(self, job: Job) -> _Line | None:
        found = next((line for known, line in reversed(self._jobs) if known is job), None)
        return found if found is self._current or found in self._before else None

    def _cancelled(self) -> list[asyncio.Task[None]]:
        lines = [line for line in (self._current, self._next, *self._before) if line is not None]
        return [line.task for line in lines if line.cancel() and line.task is not None]

    def _drop(self, line: _Line) -> None:
        task = asyncio.get_running_loop().create_task(line.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


class _Line:
    """One source with its task. Implements `SourceSink` towards its source."""

    def __init__(self, source: JobSource, relay: SourceRelay) -> None:
        self.source = source
        self.task: asyncio.Task[None] | None = None
        self.began_at = time.monotonic()
        self.told: tuple[Link, str, str | None] | None = None
        self.cause: str | None = None
        self.in_flight = 0
        self.leave_at = self.end_at = 0.0
        self._relay = relay

    def start(self) -> None:
        """Run the source in a task."""
        if self.task is None:
            self.began_at = time.monotonic()
            self.task = asyncio.get_running_loop().create_task(self.source.run(self))
            self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen: `raise_end` or `error` tell it
        self._relay.line_ended()

    @property
    def has_ended(self) -> bool:
        """Whether its task ended by itself."""
        return self.task is not None and self.task.done()

    def raise_end(self) -> None:
        """Raise what its task ended with."""
        assert self.task is not None
        self.task.result()
        raise MinerConsoleError(f"The job source {self.source.endpoint} ended without a reason", code="internal")

    @property
    def error(self) -> MinerConsoleError:
        """What its task ended with, for people."""
        try:
            self.raise_end()
        except MinerConsoleError as error:
            return error
        except Exception as error:
            return MinerConsoleError(f"{self.source.endpoint}: unexpected trouble ({error!r})", code="internal")
        raise AssertionError("raise_end returned")

    def is_done(self, now: float) -> bool:
        """Whether nothing of it can be credited any more, or nobody can wait for it any longer."""
        return now >= self.end_at or (now >= self.leave_at and self.in_flight == 0)

    def cancel(self) -> bool:
        """End its task; False when it had ended."""
        if self.task is None or self.task.done():
            return False
        self.task.cancel()
        return True

    async def close(self) -> None:
        """End task and source."""
        if self.cancel() and self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        await self.source.close()

    # --- SourceSink -------------------------------------------------------------------------------------------

    def job_received(self, job: Job) -> None:
        """A job of this source."""
        self._relay.job_came(self, job)

    def jobs_invalidated(self, reason: str) -> None:
        """No work of this source."""
        sink = self._relay.sink_of(self)
        if sink is not None:
            sink.jobs_invalidated(reason)

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        """The link of this source."""
        self._relay.link_told(self, link, endpoint, cause)

    def memory_disputed(self, reason: str) -> None:
        """This source computes other hashes."""
        sink = self._relay.sink_of(self)
        if sink is not None:
            sink.memory_disputed(reason)
