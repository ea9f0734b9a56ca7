"""PoolConnection: one session on one socket. It owns the socket, the request ids and every deadline of its session.

Theory of operation
-------------------
A connection lives once: connect, TLS, one login, jobs and shares, end. Nothing of it survives: session id, request
ids, jobs and pending shares belong to this socket alone, because pools keep the id per process or per socket and answer
"Unauthenticated" to anybody else (docs/PROTOCOLS.md). A new session is always a new PoolConnection with the next
generation; never a second login on a socket.

A share is written when the session is ready, its job is still in our mirror of the pool's ring, and its nonce was not
sent before. It is written once. Its answer ends it; so does silence (lost: it may have been credited, and is never sent
again) and so does the end of the socket, except where Stratum V1 gives the session back (`resumption`).

What is said on the wire is the dialect's (`dialects`); this class sees its events only, the same for each of them.

`tick` runs four times a second and holds all deadlines after the login. What the owner must decide (a new session, a
failover) is told to it by `ConnectionOwner`, once; the connection itself never reconnects.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.session.dialects.base import (
    BeatAnswered,
    Event,
    LineWanted,
    LoggedIn,
    LoginRefused,
    Noticed,
    ReconnectAsked,
    SessionReplaced,
    ShareAnswered,
    Violated,
    WorkCame,
    WrongDialect,
)
from mining.engine.session.dialects.choice import dialect_of
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.engine.session.heartbeat import Beat, Heartbeat
from mining.engine.session.link import TLS_SCHEME, open_link
from mining.engine.session.opening import Opening
from mining.engine.session.ownership import OWN_TIMING, SOCKET_ENDS, UNUSABLE_JOB, ConnectionOwner, ConnectionPlan, End
from mining.engine.session.problems import (
    LinkError,
    StoppedPoolError,
    problem_of_algorithm,
    problem_of_dialect,
    problem_of_login,
    silence_hint,
)
from mining.engine.session.reactions import Step, step_for_words
from mining.engine.session.share_desk import ShareDesk, ended
from mining.engine.session.timers import SessionTimers
from mining.stratum.errors import UseError
from mining.stratum.reasons import Reason

_UNANSWERED_IN_A_ROW = 2
_MOST_UNREAD_BYTES = 1 << 16


class PoolConnection(asyncio.Protocol):
    """One session. `generation` is its serial number, `index` that of its endpoint."""

    def __init__(
        self,
        plan: ConnectionPlan,
        *,
        index: int,
        generation: int,
        timers: SessionTimers,
        owner: ConnectionOwner,
        memory: EndpointMemory,
    ) -> None:
        self.plan = plan
        self.index = index
        self.generation = generation
        self.state = Link.DOWN
        self.ready_at = self.connected_at = 0.0
        self.newest_job: Job | None = None
        self.is_ended = False
        self._timers = timers
        self._owner = owner
        self._memory = memory
        self._dialect = dialect_of(plan, memory, generation=generation)
        self._transport: asyncio.Transport | None = None
        self._opening = Opening(plan.endpoint.label, plan.behaviour, timers)
        self._desk = ShareDesk(
            plan, self._dialect, memory, timers,
            write=self._write, on_outcome=lambda outcome: owner.share_judged(self, outcome),
        )  # fmt: skip
        self._heartbeat = Heartbeat(plan.endpoint.label, plan.behaviour, timers, beat_factor=memory.beat_factor)
        self._has_failed = False
        self._is_mute = False
        self._drain_at: float | None = None
        self._move: tuple[float, ReconnectAsked] | None = None

    # --- start and end ----------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open the socket, and TLS where asked. Raises LinkError."""
        try:
            self.state = Link.CONNECTING
            self._transport, _ = await open_link(
                self.plan.endpoint, lambda: self, timers=self._timers, fingerprints=self.plan.fingerprints
            )
        except BaseException:
            self.close()
            raise
        self.connected_at = time.monotonic()

    async def log_in(self) -> None:
        """Log in and wait for the first job. Raises LinkError (StoppedPoolError for a permanent refusal)."""
        try:
            self.state = Link.LOGIN
            self._write(self._dialect.start(self._desk.ask_back()))
            await self._opening.wait()
            if self.is_ended:
                raise LinkError(f"{self.label} closed the connection after the login", code="closed_by_pool")
        except UseError as error:
            self.close()
            raise StoppedPoolError(f"{self.label}: {error.thing}", next_step=error.next_step, code=error.code) from None
        except BaseException:
            self.close()
            raise
        self.state = Link.READY
        self.ready_at = time.monotonic()
        self._heartbeat.started(self.ready_at)

    @property
    def label(self) -> str:
        """host:port as people read it."""
        return self.plan.endpoint.label

    @property
    def is_tls(self) -> bool:
        """Whether the link is encrypted."""
        return self.plan.endpoint.scheme == TLS_SCHEME

    @property
    def is_ready(self) -> bool:
        """Whether shares may be written."""
        return self.state is Link.READY and not self.is_ended

    @property
    def rtt_ms(self) -> float | None:
        """Smoothed time from a share to its answer."""
        return self._desk.shares.rtt_ms

    @property
    def has_shares(self) -> bool:
        """Whether the old socket is still of use: shares wait for their answer, or may yet be sent."""
        return bool(self._desk.shares) or not self._is_mute

    def close(self) -> None:
        """End the socket at once; shares without an answer are lost. Safe to call again."""
        self.is_ended = True
        self.state = Link.DOWN
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._desk.lose_all()

    def drain(self) -> None:
        """Another session took over: send what is still being checked, wait for answers, then end the socket."""
        if self._drain_at is None:
            self._drain_at = time.monotonic()

    # --- asyncio.Protocol -------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes of the pool; what comes before TLS is up is nobody's word."""
        if self.is_ended or (self.is_tls and not self.connected_at):
            return
        for event in self._dialect.receive(data):
            if self.is_ended:
                return
            self._take(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self.is_ended:
            return
        if exc is None:
            hint = "" if self.state is Link.READY else silence_hint(self.plan.behaviour)
            said = f"{self.label} closed the connection{self._when()}"
            error = LinkError(said, next_step=hint, code="closed_by_pool")
        else:
            error = LinkError(f"the connection to {self.label} broke{self._when()} ({exc})", code="reset")
        self._fail(End.DROP, error)

    def _when(self) -> str:
        return "" if self.state is Link.READY else " before the login was answered"

    # --- events -----------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case LineWanted(line=line):
                self._write(line)
            case LoggedIn(is_resumed=is_resumed):
                self._desk.logged_in(is_resumed)
                self._opening.granted()
            case LoginRefused(message=message, reason=reason):
                error = problem_of_login(message, reason, self.label, self.plan.login, self.plan.behaviour)
                self._fail(End.DROP, error)
            case WorkCame():
                self._take_work(event)
            case ShareAnswered():
                self._take_answer(event)
            case BeatAnswered(message=message, reason=reason):
                self._heartbeat.answered()
                if reason is not None:
                    self._take_words(message, reason, is_heartbeat=True)
            case ReconnectAsked():
                self._take_redirect(event)
            case SessionReplaced():
                error = LinkError(f"{self.label} sent a job of another session than ours", code="replaced")
                self._fail(End.REPLACE, error)
            case Noticed(message=message, reason=reason):
                self._owner.notice_given(self, f"{self.label} says: {message}")
                self._take_words(message, reason)
            case Violated():
                self._take_violation(event)
            case WrongDialect(sign=sign):
                ours = self.plan.behaviour.dialect
                self._fail(End.DROP, problem_of_dialect(sign, self.label, self.plan.algorithm, ours))

    def _take_words(self, message: str, reason: Reason, *, is_heartbeat: bool = False) -> None:
        """Words that answer no share of ours."""
        said = f"{self.label} said {message!r}"
        self._do(step_for_words(reason, said, self.plan.behaviour, is_heartbeat=is_heartbeat))

    def _take_violation(self, event: Violated) -> None:
        if event.is_final or event.code in UNUSABLE_JOB:
            end = End.DROP if event.is_final else End.REPLACE
            self._fail(end, LinkError(f"{self.label}: {event.sentence}", code=event.code))
        else:
            self._owner.notice_given(self, f"{self.label}: {event.sentence}")

    def _take_redirect(self, event: ReconnectAsked) -> None:
        if self._drain_at is not None:
            return  # another session took over; this one only waits for answers
        if event.wait_s and self.state is Link.READY:
            self._move = (time.monotonic() + event.wait_s, replace(event, wait_s=0))
        elif (moved := self._owner.redirect_asked(self, event.host, event.port)) is not None:
            self._fail(End.DROP, moved)

    def _take_work(self, event: WorkCame) -> None:
        now, ring = time.monotonic(), self._desk.shares.ring
        if event.is_repeated and ring.get(event.job_id) is not None:
            if event.is_clean:
                ring.keep_only(event.job_id)
            self._heartbeat.job_came(now)
            return
        job = self._dialect.job_of(event.work)
        if job is None:
            self._owner.notice_given(self, f"{self.label} sent a job again that was hashed to its end")
            return
        if job.algorithm != self.plan.algorithm:
            self._fail(End.DROP, problem_of_algorithm(job.algorithm, self.label, self.plan.algorithm))
            return
        self._heartbeat.job_came(now)
        ring.add(job.job_id, event.work, height=job.height, is_clean=event.is_clean)
        self.newest_job = job
        self._opening.job_came()
        self._desk.go_on(now)
        if self.state is Link.READY:
            self._owner.job_arrived(self, job)

    # --- shares -----------------------------------------------------------------------------------------------

    def knows(self, job: Job) -> bool:
        """Whether a share of this job may still be sent here."""
        return self.is_ready and not self._is_mute and self._desk.knows(job)

    def submit(self, share: Share) -> asyncio.Future[Outcome]:
        """Write a share; the future gives its one outcome."""
        if not self.knows(share.job):
            return ended(OutcomeKind.STALE, "job_replaced", "the pool had replaced its job")
        now = time.monotonic()
        self._heartbeat.submitted(now)
        return self._desk.submit(share, now)

    def _take_answer(self, event: ShareAnswered) -> None:
        if event.reason is None:
            self._heartbeat.accepted()
        self._do(*self._desk.answered(event, self.newest_job, time.monotonic()))

    def _do(self, step: Step, job: Job | None = None) -> None:
        """Carry out what follows from a refusal, of a share of `job` or of nothing."""
        if job is not None and step.drops_job:
            self._desk.shares.ring.drop(job.job_id)
            if self.newest_job is not None and job.job_id == self.newest_job.job_id:
                self._heartbeat.job_dropped(time.monotonic())
            if step.tells_drop:
                self._owner.job_dropped(self, job, step.said)
        if step.slows_beat:
            self._memory.beat_refused()
        if step.slows_down:
            self._owner.slow_down_asked(self)
        if step.end is not None and step.error is not None:
            self._fail(step.end, step.error)

    # --- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Hold the deadlines and the heartbeat of a ready session."""
        if not self.is_ready:
            return
        self._desk.shares.expire(now)
        if self._desk.shares.unanswered_in_a_row >= _UNANSWERED_IN_A_ROW:
            said = f"{self.label} did not answer {self._desk.shares.unanswered_in_a_row} shares in a row"
            self._fail(End.DROP, LinkError(said, code="no_answer"))
        elif self._drain_at is not None:
            age = now - self._drain_at
            if age >= self._timers.drain_s or (age >= self._timers.linger_s and not self._desk.shares):
                self.close()
        elif not self._has_failed:
            self._tick_move(now)
            self._tick_heartbeat(now)

    def _tick_move(self, now: float) -> None:
        if self._move is not None and now >= self._move[0]:
            event, self._move = self._move[1], None
            self._take_redirect(event)

    def _tick_heartbeat(self, now: float) -> None:
        if (death := self._heartbeat.death(now)) is not None:
            self._fail(End.DROP, death)
            return
        for beat in self._heartbeat.beats(now):
            self._ask(self._dialect.keepalive if beat is Beat.KEEPALIVE else self._dialect.getjob)
        if (renewal := self._heartbeat.renewal(now)) is not None:
            self._fail(End.REPLACE, renewal)

    def ask_for_job(self, now: float) -> bool:
        """Ask for a job where this pool allows it; False where it does not."""
        if not self.is_ready or not self.plan.behaviour.is_getjob_allowed:
            return False
        self._heartbeat.asked_for_job(now)
        self._ask(self._dialect.getjob)
        return True

    def spare_job(self) -> Job | None:
        """Return another part of the newest job's work, where the dialect has it without asking the pool."""
        work = self._desk.shares.ring.newest
        if not self._dialect.has_spare_work or not self.is_ready or self._is_mute or work is None:
            return None
        job = self._dialect.job_of(work)
        if job is not None:
            self.newest_job = job
        return job

    def _ask(self, make: Callable[[], bytes]) -> None:
        try:
            line = make()
        except UseError as error:
            self._fail(End.DROP, LinkError(f"{self.label}: {error.thing}", code="garbage"))
            return
        self._write(line)

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._transport.write(data)
        if self._transport is not None and self._transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self._fail(End.DROP, LinkError(f"{self.label} does not read what it is sent", code="silent"))

    def _fail(self, end: End, error: LinkError) -> None:
        """Tell the owner; before the session is ready it is `log_in` that raises."""
        if self.state is not Link.READY:
            self._fail_early(error)
            return
        is_planned = end is End.REPLACE and error.code in OWN_TIMING
        if end is End.DROP:
            self._keep_for_resumption(error)
            self.is_ended = True
        elif not is_planned:
            self._is_mute = True
        if is_planned or not self._has_failed or end is End.DROP:
            self._has_failed = self._has_failed or not is_planned
            self._owner.connection_failed(self, end, error)
        if end is End.DROP:
            self.close()

    def _keep_for_resumption(self, error: LinkError) -> None:
        """Where the socket of a good session broke, the pool may give the session back to the next connection."""
        is_broken = error.code in (*SOCKET_ENDS, "silent")
        if is_broken and self._drain_at is None and not self._has_failed:
            self._desk.keep_for_resumption()

    def _fail_early(self, error: LinkError) -> None:
        self._opening.failed(error)
        if self.state is Link.CONNECTING and self.connected_at:  # a standby that only connects
            self.is_ended = True
            self._owner.connection_failed(self, End.DROP, error)
            self.close()
