"""PoolSource: the job source "pool": one active session, one warm standby, failover by health.

How it works. `run` holds one loop (`_round`, four times a second and whenever something happened) that compares what
there is with what there should be: an active session; a standby at another endpoint when there is more than one; the
first endpoint of the list as the active one. What is missing is opened by an *attempt*, a task for one connection; at
most one attempt runs for each endpoint and purpose. Sessions never change: every step is a new connection with the next
generation, made before the old one is given up where the change is ours to time.

Only shares of the active session are sent, so its jobs are the only ones that cores get. The jobs that a standby hears
are kept, and hashed from the moment it becomes active.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Endpoint
from mining.engine.session.attempts import Attempt, Role
from mining.engine.session.connection import PoolConnection
from mining.engine.session.difficulty_wishes import DifficultyWishes
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.engine.session.health import (
    REAUTH_LEAVE_S,
    REJECTS_LEAVE_S,
    EndpointHealth,
    all_stopped,
    first_available,
)
from mining.engine.session.link_report import LinkReport
from mining.engine.session.notices import Notices
from mining.engine.session.ownership import DISPUTED, OWN_TIMING, SOCKET_ENDS, ConnectionPlan, End
from mining.engine.session.problems import LinkError
from mining.engine.session.routes import Routes
from mining.engine.session.timers import SessionTimers
from mining.engine.sources.base import SessionFacts, SourceSink
from mining.errors import LoginRefusedError
from mining.stratum.profiles import WireDialect

ROUND_S = 0.25
_START_GRACE_S = 2.0
_DISPUTE_EVERY_S = 600.0


class PoolSource:
    """Implements `JobSource` over the endpoints of a Plan. `make_plan(endpoint, factor)` gives what a connection needs;
    it is called anew for each, so that the difficulty asked for follows the measured rate, times `factor`."""

    kind = "pool"

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        make_plan: Callable[[Endpoint, int], ConnectionPlan],
        *,
        timers: SessionTimers | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._routes = Routes(endpoints)
        self._memories = [EndpointMemory() for _ in endpoints]
        self._wishes = DifficultyWishes(len(endpoints))
        self._notices = Notices()
        self._dispute_again_at = 0.0
        self._make_plan = make_plan
        self._timers = timers or SessionTimers()
        self._rng = rng or random.SystemRandom()
        self._healths = [EndpointHealth() for _ in endpoints]
        self._sink: SourceSink | None = None
        self._active: PoolConnection | None = None
        self._standby: PoolConnection | None = None
        self._draining: list[PoolConnection] = []
        self._attempts: dict[Role, Attempt] = {}
        self._replace_since: float | None = None
        self._is_planned = False
        self._last_active_index: int | None = None
        self._wake = asyncio.Event()
        self._generation = 0
        self._is_closed = False
        self._report = LinkReport(endpoints[0].label)
        self._facts = self._report.facts

    # --- JobSource --------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The endpoint that is mined at, or tried."""
        return self._facts.endpoint

    async def run(self, sink: SourceSink) -> None:
        """Deliver jobs until cancelled. Raises LoginRefusedError when every endpoint refuses for good."""
        self._sink = self._report.sink = sink
        try:
            while True:
                self._wake.clear()
                self._round(time.monotonic())
                try:
                    async with asyncio.timeout(ROUND_S):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            self._cancel_attempts()

    def is_stale(self, job: Job) -> bool:
        """Whether no session knows this job any more."""
        return self._owner_of(job) is None

    async def submit(self, share: Share) -> Outcome:
        """Write a share to the session of its job."""
        connection = self._owner_of(share.job)
        if connection is None:
            return Outcome(OutcomeKind.STALE, "session_gone", "the session of its job had ended or replaced the job")
        return await connection.submit(share)

    def request_fresh_job(self) -> None:
        """Go on with another part of the job's work where it has one, at once but never within this call; otherwise
        ask the pool where it can be asked, or its next job comes by itself."""
        if self._active is not None:
            asyncio.get_running_loop().call_soon(self._freshen, self._active)

    def _freshen(self, connection: PoolConnection) -> None:
        if connection is not self._active or self._sink is None:
            return
        job = connection.spare_job()
        if job is not None:
            self._sink.job_received(job)
        else:
            connection.ask_for_job(time.monotonic())

    def notice(self) -> str | None:
        """The last sentence of a pool for people, None when it is over."""
        return self._notices.current(time.monotonic())

    async def close(self) -> None:
        """End all sessions."""
        self._is_closed = True
        self._sink = self._report.sink = None
        await asyncio.gather(*self._cancel_attempts(), return_exceptions=True)
        unbegun = [attempt.connection for attempt in self._attempts.values()]  # cancelled before their first step
        for connection in (*self._connections(), *unbegun):
            connection.close()
        for memory in self._memories:
            memory.give_up()

    def _cancel_attempts(self) -> list[asyncio.Task[None]]:
        tasks = [attempt.task for attempt in self._attempts.values() if attempt.task is not None]
        for task in tasks:
            task.cancel()
        return tasks

    @property
    def facts(self) -> SessionFacts:
        """The sessions now."""
        return self._report.refreshed(self._active, self._standby)

    # --- the round --------------------------------------------------------------------------------------------

    def _round(self, now: float) -> None:
        for connection in self._connections():
            connection.tick(now)
        for memory in self._memories:
            memory.expire(now, self._timers.answer_s)
        self._draining = [connection for connection in self._draining if not connection.is_ended]
        stopped = all_stopped(self._healths)
        if stopped is not None and self._active is None:
            raise LoginRefusedError(stopped.thing, next_step=stopped.next_step, code=stopped.code)
        if self._active is None:
            self._find_active(now)
        elif self._replace_since is not None:
            self._go_on_replacing(self._active, self._replace_since, now)
        self._keep_standby(now)
        self._return_to_better(now)

    def _find_active(self, now: float) -> None:
        opening = self._attempts.get(Role.ACTIVE) or self._attempts.get(Role.REPLACEMENT)
        standby = self._standby
        if standby is not None and not self._is_better_coming(opening, standby.index, now):
            self._promote(standby, now)
        elif standby is None and opening is None:
            index = first_available(self._healths, now, but=self._busy_indices())
            if index is not None:
                self._facts.endpoint = self._routes[index].label
                self._report.tell(Link.CONNECTING, None)
                self._attempt(Role.ACTIVE, index, now)

    def _is_better_coming(self, opening: Attempt | None, index: int, now: float) -> bool:
        """At the start, an endpoint before the standby's gets a moment to be first."""
        if self._last_active_index is not None or opening is None:
            return False
        return opening.index < index and now - opening.began_at < _START_GRACE_S

    def _promote(self, standby: PoolConnection, now: float) -> None:
        """Make the standby the active session; one that only connects logs in first, on whatever slot is free."""
        if standby.is_ready:
            self._standby = None
            self._activate(standby)
            return
        for role in (Role.ACTIVE, Role.REPLACEMENT):
            if role not in self._attempts:
                self._standby = None
                self._attempt(role, standby.index, now, standby)
                return

    def _go_on_replacing(self, active: PoolConnection, since: float, now: float) -> None:
        """Log in anew beside the active session. One that the pool forgot is hashed for no longer than `replace_s`."""
        is_worth_keeping = self._is_planned and active.is_ready
        if not is_worth_keeping and now - since > self._timers.replace_s:
            self._drop_active()
        elif Role.REPLACEMENT not in self._attempts and self._healths[active.index].is_available(now):
            self._attempt(Role.REPLACEMENT, active.index, now)

    def _keep_standby(self, now: float) -> None:
        if len(self._routes) < 2 or Role.STANDBY in self._attempts:
            return
        standby = self._standby
        index = first_available(self._healths, now, but=self._busy_indices())
        if standby is not None and (index is None or index > standby.index):
            if now - standby.connected_at < standby.plan.behaviour.standby_renew_s:
                return
            index = standby.index  # renewed on a new connection; the old one goes then
        if index is not None and self._healths[index].is_available(now):
            self._attempt(Role.STANDBY, index, now)

    def _return_to_better(self, now: float) -> None:
        active, standby = self._active, self._standby
        if active is None or standby is None or self._replace_since is not None:
            return
        if standby.index > active.index or now - standby.connected_at < self._timers.quiet_s:
            return
        if standby.is_ready:
            self._standby = None
            self._take_over(standby, active)
        elif Role.REPLACEMENT not in self._attempts:
            self._standby = None
            self._attempt(Role.REPLACEMENT, standby.index, now, standby)

    def _busy_indices(self) -> list[int]:
        """Endpoints of the active session, of the standby and of attempts: no second one is opened there."""
        known = (self._active, self._standby, *(attempt.connection for attempt in self._attempts.values()))
        return [connection.index for connection in known if connection is not None]

    # --- attempts ---------------------------------------------------------------------------------------------

    def _attempt(self, role: Role, index: int, now: float, connected: PoolConnection | None = None) -> None:
        """Open a session for `role` in a task; `connected`: on this socket, which is open already."""
        if connected is None:
            self._generation += 1
            plan = self._make_plan(self._routes[index], self._wishes.factor(index))
            connected = PoolConnection(
                plan, index=index, generation=self._generation, timers=self._timers, owner=self,
                memory=self._memories[index],
            )  # fmt: skip
        attempt = Attempt(role, connected, now, self._active.generation if self._active is not None else 0)
        self._attempts[role] = attempt
        attempt.task = asyncio.get_running_loop().create_task(self._open(attempt))

    async def _open(self, attempt: Attempt) -> None:
        connection = attempt.connection
        try:
            error = await attempt.run()
        finally:
            self._attempts.pop(attempt.role, None)
            self._wake.set()
        if error is None:
            self._opened(attempt)
            return
        connection.close()
        self._note_failure(connection.index, error, is_active=attempt.role is not Role.STANDBY)
        if attempt.role is Role.REPLACEMENT and self._is_replacing(attempt.replaces):
            assert self._active is not None
            if not (self._is_planned and self._active.is_ready):
                self._drop_active()

    def _is_replacing(self, generation: int) -> bool:
        """Whether the session of `generation` is still the active one, and is to be replaced."""
        return self._active is not None and self._active.generation == generation and self._replace_since is not None

    def _opened(self, attempt: Attempt) -> None:
        """Put a new session in its place; what it was opened for may be over."""
        connection, active = attempt.connection, self._active
        if attempt.role is Role.STANDBY:
            self._keep_as_standby(connection)
        elif active is None or (attempt.role is Role.REPLACEMENT and active.generation == attempt.replaces):
            if connection.index == self._last_active_index:
                self._facts.reauths += 1
            self._take_over(connection, active)
        else:  # another session was faster
            self._keep_as_standby(connection)

    def _keep_as_standby(self, connection: PoolConnection) -> None:
        before = self._standby
        if connection.is_ended or (self._active is not None and self._active.index == connection.index):
            self._retire(connection)
            return
        if before is not None and before.index < connection.index and before.is_ready:
            self._retire(connection)
            return
        self._standby = connection
        if before is not None:
            self._retire(before)

    def _note_failure(self, index: int, error: LinkError, *, is_active: bool) -> None:
        if error.code != "redirected":
            self._routes.go_home(index)
        self._healths[index].failed(time.monotonic(), error, self._timers, jitter=self._jitter())
        if is_active:
            self._facts.last_cause, self._facts.last_code = error.sentence, error.code
            if self._active is None:
                self._report.tell(Link.DOWN, error.sentence)

    def _jitter(self) -> float:
        return self._rng.uniform(-0.3, 0.3)

    # --- the active session -----------------------------------------------------------------------------------

    def _take_over(self, connection: PoolConnection, before: PoolConnection | None) -> None:
        """Hash for `connection` from now on; the old socket stays for what is on its way."""
        self._active = None
        if before is not None:
            self._retire(before)
        self._activate(connection)

    def _activate(self, connection: PoolConnection) -> None:
        index, facts = connection.index, self._facts
        if self._last_active_index is not None and index != self._last_active_index:
            facts.failovers += 1
        self._last_active_index = index
        self._active, self._replace_since, self._is_planned = connection, None, False
        self._healths[index].rejects_in_a_row = 0
        self._report.activated(connection)
        if connection.newest_job is not None and self._sink is not None:
            self._sink.job_received(connection.newest_job)

    def _drop_active(self) -> None:
        """Give the active session up; a ready standby takes over in the same moment."""
        active = self._active
        self._active, self._replace_since, self._is_planned = None, None, False
        if active is not None:
            self._retire(active)
        self._find_active(time.monotonic())
        if self._active is None and self._sink is not None:
            self._sink.jobs_invalidated(self._facts.last_cause or "the session ended")

    def _retire(self, connection: PoolConnection) -> None:
        """Let go of a session: at once where nothing of it can be credited any more."""
        self._notices.session_ended(connection.generation)
        if connection.is_ready and connection.has_shares:
            connection.drain()
            self._draining.append(connection)
        else:
            connection.close()

    # --- ConnectionOwner --------------------------------------------------------------------------------------

    def job_arrived(self, connection: PoolConnection, job: Job) -> None:
        """New work; only that of the active session is hashed."""
        if connection is not self._active or self._sink is None:
            return
        self._sink.job_received(job)
        now = time.monotonic()
        if connection.plan.is_easier_wanted(job.difficulty) and self._wishes.is_easier_wanted(connection.index, now):
            said = f"difficulty {job.difficulty} of {connection.label} is too hard for its own timers, asking for less"
            self.connection_failed(connection, End.REPLACE, LinkError(said, code="renewed"))

    def job_dropped(self, connection: PoolConnection, job: Job, said: str) -> None:
        """Hash no more for a job that the pool forgot; ask for another where that is allowed."""
        newest = connection.newest_job
        if connection is self._active and newest is not None and newest.job_id == job.job_id and self._sink is not None:
            self._sink.jobs_invalidated(said)
            connection.ask_for_job(time.monotonic())

    def connection_failed(self, connection: PoolConnection, end: End, error: LinkError) -> None:
        """A session is no good any more, or should be made anew."""
        if self._is_closed:
            return
        if connection is self._standby:
            self._standby_failed(connection, error)
        elif connection is self._active and end is End.REPLACE and self._is_worth_replacing(connection, error):
            self._begin_replacing(connection, error)
        elif connection is self._active and not self._is_outlived(end, error):
            self._facts.last_cause = error.sentence
            self._note_failure(connection.index, error, is_active=True)
            self._report.tell(Link.DOWN, error.sentence)
            self._drop_active()
        self._wake.set()

    def _standby_failed(self, standby: PoolConnection, error: LinkError) -> None:
        self._standby = None
        self._retire(standby)
        if error.code in OWN_TIMING:
            self._healths[standby.index].replaced(time.monotonic(), self._timers, jitter=self._jitter())
        else:
            self._note_failure(standby.index, error, is_active=False)

    def _begin_replacing(self, active: PoolConnection, error: LinkError) -> None:
        now, is_planned = time.monotonic(), error.code in OWN_TIMING
        if self._replace_since is not None and (is_planned or not self._is_planned):
            return  # under way
        if self._replace_since is None:
            self._healths[active.index].replaced(now, self._timers, jitter=self._jitter())
        self._replace_since, self._is_planned = now, is_planned
        self._facts.last_cause = error.sentence
        has_memory = active.plan.behaviour.dialect is WireDialect.CRYPTONOTE
        if error.code == DISPUTED and has_memory and self._sink is not None and now >= self._dispute_again_at:
            self._dispute_again_at = now + _DISPUTE_EVERY_S
            self._sink.memory_disputed(error.sentence)
        self._report.tell(Link.LOGIN, error.sentence)

    def _is_outlived(self, end: End, error: LinkError) -> bool:
        """Whether this is only the end of a socket whose session is being replaced: hashing goes on until then."""
        return self._replace_since is not None and end is End.DROP and error.code in SOCKET_ENDS

    def _is_worth_replacing(self, active: PoolConnection, error: LinkError) -> bool:
        """No, when five sessions of one endpoint broke in ten minutes and another one can be had."""
        now = time.monotonic()
        if error.code in OWN_TIMING or not self._healths[active.index].reauthenticated(now):
            return True
        if not self._has_other(active.index, now):
            return True
        error.leave_s = max(error.leave_s, REAUTH_LEAVE_S)
        return False

    def _has_other(self, index: int, now: float) -> bool:
        return any(i != index and health.is_available(now) for i, health in enumerate(self._healths))

    def share_judged(self, connection: PoolConnection, outcome: Outcome) -> None:
        """Health follows the outcomes."""
        health = self._healths[connection.index]
        if outcome.kind is OutcomeKind.ACCEPTED:
            health.share_accepted()
        elif outcome.kind is OutcomeKind.REJECTED and health.share_rejected() and connection is self._active:
            sentence = f"{connection.label} refused {health.rejects_in_a_row} shares in a row ({outcome.detail})"
            leave_s = REJECTS_LEAVE_S if self._has_other(connection.index, time.monotonic()) else 0.0
            self.connection_failed(connection, End.DROP, LinkError(sentence, code="rejects", leave_s=leave_s))

    def slow_down_asked(self, connection: PoolConnection) -> None:
        """Ask for twice the difficulty in a new session, at most once a minute, where the login can say it."""
        if connection is not self._active or not connection.plan.is_difficulty_ours:
            return
        if not self._wishes.is_slower_wanted(connection.index, time.monotonic()):
            return
        error = LinkError(f"{connection.label} wants fewer shares, asking for a higher difficulty", code="renewed")
        self.connection_failed(connection, End.REPLACE, error)

    def redirect_asked(self, connection: PoolConnection, host: str | None, port: int | None) -> LinkError | None:
        """Follow within the same domain only, make-before-break; returns what ends a session in the making."""
        index = connection.index
        endpoint = self._routes.move(index, host, port)
        if endpoint is None:
            said = f"{connection.label} asked for a connection to {host}:{port}, which is not followed"
            self.notice_given(connection, said)
            return None
        error = LinkError(f"{connection.label} moved us to {endpoint.label}", code="redirected")
        if connection in (self._active, self._standby):
            self.connection_failed(connection, End.REPLACE, error)
            return None
        return error

    def notice_given(self, connection: PoolConnection, sentence: str) -> None:
        """A sentence for people."""
        self._notices.give(sentence, generation=connection.generation, now=time.monotonic())

    # --- small things -----------------------------------------------------------------------------------------

    def _owner_of(self, job: Job) -> PoolConnection | None:
        """The session that may still be sent shares of `job`: the active one, or one that was just replaced."""
        for connection in (self._active, *self._draining):
            if connection is not None and connection.generation == job.session and connection.knows(job):
                return connection
        return None

    def _connections(self) -> list[PoolConnection]:
        both = [connection for connection in (self._active, self._standby) if connection is not None]
        return [*both, *self._draining]
