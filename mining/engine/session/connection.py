"""PoolConnection: one session on one socket. It owns the socket, the request ids and every deadline of its session.

Theory of operation
-------------------
A connection lives once: connect, TLS, one login, jobs and shares, end. Nothing of it survives: session id, request
ids, jobs and pending shares belong to this socket alone, because pools keep the id per process or per socket and answer
"Unauthenticated" to anybody else (docs/PROTOCOLS.md). A new session is always a new PoolConnection with the next
generation; never a second login on a socket.

A share is written when the session is ready, its job is still in our mirror of the pool's ring, and its nonce was not
sent before. It is written once. Its answer ends it; so does silence (lost: it may have been credited, and is never sent
again) and so does the end of the socket.

`tick` runs four times a second and holds all deadlines after the login. What the owner must decide (a new session, a
failover) is told to it by `ConnectionOwner`, once; the connection itself never reconnects.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.session.heartbeat import Beat, Heartbeat
from mining.engine.session.link import TLS_SCHEME, open_link
from mining.engine.session.ownership import DISPUTED, OWN_TIMING, UNUSABLE_JOB, ConnectionOwner, ConnectionPlan, End
from mining.engine.session.problems import LinkError, StoppedPoolError, problem_of_login
from mining.engine.session.submissions import Submissions
from mining.engine.session.timers import SessionTimers
from mining.stratum.cryptonote.client import CryptonoteClient, Request
from mining.stratum.cryptonote.events import (
    Answered,
    EmptyJobReceived,
    Event,
    JobReceived,
    JobRepeated,
    JobRequestAnswered,
    KeepaliveAnswered,
    LoggedIn,
    LoginRefused,
    MessageIgnored,
    NoticeReceived,
    ProtocolViolated,
    ReconnectRequested,
    SessionReplaced,
)
from mining.stratum.cryptonote.job import PoolJob, engine_job
from mining.stratum.errors import UseError
from mining.stratum.reasons import Reaction, Reason, reason_for

_UNANSWERED_IN_A_ROW = 2
_LOW_DIFFICULTY_IN_A_ROW = 3
_WRONG_ALGORITHM_LEAVE_S = 600.0
_LONG_DELAY_S = 30
_MOST_UNREAD_BYTES = 1 << 16


class PoolConnection(asyncio.Protocol):
    """One session. `generation` is its serial number, `index` that of its endpoint."""

    def __init__(
        self, plan: ConnectionPlan, *, index: int, generation: int, timers: SessionTimers, owner: ConnectionOwner
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
        self._codec = CryptonoteClient(algorithm=plan.algorithm)
        self._transport: asyncio.Transport | None = None
        self._login: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._first_job: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for waiting in (self._login, self._first_job):
            waiting.add_done_callback(_seen)
        self._early: LinkError | None = None
        self._shares = Submissions(plan.behaviour, timers, lambda outcome: owner.share_judged(self, outcome))
        self._heartbeat = Heartbeat(plan.endpoint.label, plan.behaviour, timers)
        self._low_difficulty = 0
        self._has_failed = False
        self._is_mute = False
        self._drain_at: float | None = None

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
            login = self.plan.login
            line = self._codec.login(login.login, login.password, rig_id=login.rigid or "")
            self._write(line)
            await self._wait(self._login, self._timers.login_s, "did not answer the login", "login_timeout")
            await self._wait(self._first_job, self._timers.first_job_s, "logged us in but sent no job", "no_job")
            if self._early is not None:
                raise self._early  # it came in one piece with the login
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

    async def _wait(self, waiting: asyncio.Future[None], limit_s: float, what: str, code: str) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.shield(waiting)
        except TimeoutError:
            delay_s = self.plan.behaviour.delayed_refusal_s if code == "login_timeout" else None
            hint = f"This kind of pool delays a refusal by up to {delay_s} s." if delay_s else ""
            raise LinkError(f"{self.label} {what} within {limit_s:g} s", next_step=hint, code=code) from None

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
        return self._shares.rtt_ms

    @property
    def has_shares(self) -> bool:
        """Whether the old socket is still of use: shares wait for their answer, or may yet be sent."""
        return bool(self._shares) or not self._is_mute

    def close(self) -> None:
        """End the socket at once; shares without an answer are lost. Safe to call again."""
        self.is_ended = True
        self.state = Link.DOWN
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._shares.lose_all(
            "connection_closed", "the session ended before the answer came; it may have been credited"
        )

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
        for event in self._codec.receive(data):
            if self.is_ended:
                return
            self._take(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self.is_ended:
            return
        if exc is None:
            error = LinkError(f"{self.label} closed the connection{self._when()}", code="closed_by_pool")
        else:
            error = LinkError(f"the connection to {self.label} broke{self._when()} ({exc})", code="reset")
        self._fail(End.DROP, error)

    def _when(self) -> str:
        return "" if self.state is Link.READY else " before the login was answered"

    # --- events -----------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case LoggedIn(job=job):
                if not self._login.done():
                    self._login.set_result(None)
                if job is not None:
                    self._take_job(job)
            case LoginRefused():
                self._fail(End.DROP, problem_of_login(event, self.label, self.plan.login, self.plan.behaviour))
            case JobReceived(job=job):
                self._take_job(job)
            case JobRepeated(job=job):
                if self._shares.ring.get(str(job.job_id)) is None:
                    self._take_job(job)
                else:
                    self._heartbeat.job_came(time.monotonic())
            case Answered():
                self._take_answer(event)
            case KeepaliveAnswered() | JobRequestAnswered():
                self._heartbeat.answered()
                if not event.ok:
                    self._take_refusal(event.message, event.code)
            case ReconnectRequested(host=host, port=port):
                if (moved := self._owner.redirect_asked(self, host, port)) is not None:
                    self._fail(End.DROP, moved)
            case SessionReplaced():
                error = LinkError(f"{self.label} sent a job of another session than ours", code="replaced")
                self._fail(End.REPLACE, error)
            case NoticeReceived(message=message, code=code):
                self._owner.notice_given(self, f"{self.label} says: {message}")
                self._take_refusal(message, code)
            case ProtocolViolated(sentence=sentence, code=code, is_final=is_final):
                if is_final or code in UNUSABLE_JOB:
                    end = End.DROP if is_final else End.REPLACE
                    self._fail(end, LinkError(f"{self.label}: {sentence}", code=code))
                else:
                    self._owner.notice_given(self, f"{self.label}: {sentence}")
            case MessageIgnored(answer=answer):
                if answer:
                    self._write(answer)
            case EmptyJobReceived():
                pass

    def _take_refusal(self, message: str, code: int | None) -> None:
        """Words that answer no share: only those that name the end of the session or a ban count."""
        reason = reason_for(message, code=code)
        said = f"{self.label} said {message!r}"
        if reason.reaction is Reaction.RECONNECT:
            self._fail(End.REPLACE, LinkError(said, code=reason.key))
        elif reason.reaction is Reaction.LEAVE_POOL:
            self._leave(said, reason)

    def _leave(self, said: str, reason: Reason) -> None:
        leave_s = float(max(reason.delay_s, self.plan.behaviour.ban_s))
        self._fail(End.DROP, LinkError(said, next_step=reason.meaning, code=reason.key, leave_s=leave_s))

    def _take_job(self, received: PoolJob) -> None:
        if received.algorithm != self.plan.algorithm:
            error = LinkError(
                f"{self.label} sent a {received.algorithm} job, but {self.plan.algorithm} is mined",
                next_step="Check that this pool and port are for the chosen coin.",
                code="wrong_algorithm",
                leave_s=_WRONG_ALGORITHM_LEAVE_S,
            )
            self._fail(End.DROP, error)
            return
        self._heartbeat.job_came(time.monotonic())
        job = replace(engine_job(received, is_clean=False), session=self.generation)
        self._shares.ring.add(job.job_id, received, height=received.height)
        self.newest_job = job
        if not self._first_job.done():
            self._first_job.set_result(None)
        if self.state is Link.READY:
            self._owner.job_arrived(self, job)

    # --- shares -----------------------------------------------------------------------------------------------

    def knows(self, job: Job) -> bool:
        """Whether a share of this job may still be sent here."""
        return self.is_ready and not self._is_mute and self._shares.ring.get(job.job_id) is not None

    def submit(self, share: Share) -> asyncio.Future[Outcome]:
        """Write a share; the future gives its one outcome."""
        received = self._shares.ring.get(share.job.job_id)
        if received is None or not self.knows(share.job):
            return _ended(OutcomeKind.STALE, "job_replaced", "the pool had replaced its job")
        if not self._shares.ring.mark_sent(share.job.job_id, share.nonce):
            return _ended(OutcomeKind.LOST, "duplicate_not_sent", "this nonce of its job had been sent before")
        raw_hash = share.raw_hash if share.job.algorithm == "rx/2" else None
        try:
            request = self._codec.submit(received, share.nonce, share.hash, commitment=raw_hash)
        except UseError as error:
            return _ended(OutcomeKind.LOST, error.code, error.sentence)
        now = time.monotonic()
        answer = self._shares.sent(request.request_id, share, now)
        self._heartbeat.submitted(now)
        self._write(request.line)
        return answer

    def _take_answer(self, event: Answered) -> None:
        now = time.monotonic()
        if event.ok:
            self._heartbeat.accepted()
            self._low_difficulty = 0
            self._shares.answered(event.request_id, lambda rtt_ms: Outcome(OutcomeKind.ACCEPTED, rtt_ms=rtt_ms), now)
            return
        reason = reason_for(event.message, code=event.code)
        job = self._shares.answered(
            event.request_id, lambda rtt_ms: Outcome(reason.outcome, reason.key, event.message, rtt_ms), now
        )
        if job is not None:
            self._react(job, reason, f"{self.label} answered {event.message!r} to a share")

    def _react(self, job: Job, reason: Reason, said: str) -> None:
        """Do what the table of reasons says about a refused share."""
        match reason.reaction:
            case Reaction.STAY:
                pass
            case Reaction.RETRY:
                if reason.delay_s >= _LONG_DELAY_S:
                    self._leave(said, reason)
            case Reaction.DROP_JOB:
                self._shares.ring.drop(job.job_id)
                if reason.is_invalid:
                    self._fail(End.REPLACE, LinkError(said, code=reason.key))
                else:
                    self._owner.job_dropped(self, job, said)
            case Reaction.RECONNECT_IF_CURRENT:
                self._shares.ring.drop(job.job_id)
                if self.newest_job is not None and job.job_id == self.newest_job.job_id:
                    self._fail(End.REPLACE, LinkError(f"{said} of its current job", code="desynchronised"))
            case Reaction.RECONNECT:
                self._fail(End.REPLACE, LinkError(said, code=reason.key))
            case Reaction.REBUILD:
                self._low_difficulty += 1
                if self._low_difficulty >= _LOW_DIFFICULTY_IN_A_ROW:
                    self._fail(End.REPLACE, LinkError(f"{said}, {self._low_difficulty} times", code=DISPUTED))
            case Reaction.SLOW_DOWN:
                self._owner.slow_down_asked(self)
            case Reaction.LEAVE_POOL:
                self._leave(said, reason)
            case Reaction.STOP_POOL if reason.is_invalid or reason.key == "programming_error":
                self._leave(said, reason)  # one share says nothing about the next
            case Reaction.STOP_POOL:
                self._fail(End.DROP, StoppedPoolError(said, next_step=reason.meaning, code=reason.key))
            case _:
                assert_never(reason.reaction)

    # --- time -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Hold the deadlines and the heartbeat of a ready session."""
        if not self.is_ready:
            return
        self._shares.expire(now)
        if self._shares.unanswered_in_a_row >= _UNANSWERED_IN_A_ROW:
            said = f"{self.label} did not answer {self._shares.unanswered_in_a_row} shares in a row"
            self._fail(End.DROP, LinkError(said, code="no_answer"))
        elif self._drain_at is not None:
            age = now - self._drain_at
            if age >= self._timers.drain_s or (age >= self._timers.linger_s and not self._shares):
                self.close()
        elif not self._has_failed:
            self._tick_heartbeat(now)

    def _tick_heartbeat(self, now: float) -> None:
        if (death := self._heartbeat.death(now)) is not None:
            self._fail(End.DROP, death)
            return
        for beat in self._heartbeat.beats(now):
            self._ask(self._codec.keepalived if beat is Beat.KEEPALIVE else self._codec.getjob)
        if (renewal := self._heartbeat.renewal(now)) is not None:
            self._fail(End.REPLACE, renewal)

    def ask_for_job(self, now: float) -> bool:
        """Ask for a job where this pool allows it; False where it does not."""
        if not self.is_ready or not self.plan.behaviour.is_getjob_allowed:
            return False
        self._heartbeat.asked_for_job(now)
        self._ask(self._codec.getjob)
        return True

    def _ask(self, make: Callable[[], Request]) -> None:
        try:
            line = make().line
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
            self.is_ended = True
        elif not is_planned:
            self._is_mute = True
        if is_planned or not self._has_failed or end is End.DROP:
            self._has_failed = self._has_failed or not is_planned
            self._owner.connection_failed(self, end, error)
        if end is End.DROP:
            self.close()

    def _fail_early(self, error: LinkError) -> None:
        self._early = self._early or error
        for waiting in (self._login, self._first_job):
            if not waiting.done():
                waiting.set_exception(error)
                break
        if self.state is Link.CONNECTING and self.connected_at:  # a standby that only connects
            self.is_ended = True
            self._owner.connection_failed(self, End.DROP, error)
            self.close()


def _ended(kind: OutcomeKind, reason: str, detail: str) -> asyncio.Future[Outcome]:
    answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    answer.set_result(Outcome(kind, reason, detail))
    return answer


def _seen(waiting: asyncio.Future[None]) -> None:
    """Mark an exception as read: the one who waited has it, or nobody waits any more."""
    if not waiting.cancelled():
        waiting.exception()
