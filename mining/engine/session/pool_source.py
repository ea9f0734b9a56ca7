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
from dataclasses import dataclass
from enum import Enum

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Endpoint
from mining.engine.session.connection import PoolConnection
from mining.engine.session.health import (
    REAUTH_LEAVE_S,
    REJECTS_LEAVE_S,
    EndpointHealth,
    all_stopped,
    first_available,
)
from mining.engine.session.ownership import DISPUTED, OWN_TIMING, SOCKET_ENDS, ConnectionPlan, End
from mining.engine.session.problems import LinkError
from mining.engine.session.redirects import redirected
from mining.engine.session.timers import SessionTimers
from mining.engine.sources.base import SessionFacts, SourceSink
from mining.errors import LoginRefusedError
from mining.stratum.profiles import Standby

ROUND_S = 0.25
_START_GRACE_S = 2.0
_SLOW_DOWN_EVERY_S = 60.0
_EASE_EVERY_S = 600.0


class Role(Enum):
    """What an attempt is for."""

    ACTIVE = "active"
    STANDBY = "standby"
    REPLACEMENT = "replacement"


@dataclass(slots=True)
class _Attempt:
    role: Role
    index: int
    began_at: float
    task: asyncio.Task[None]


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
        self._configured = endpoints
        self._endpoints = list(endpoints)
        self._factors = [1] * len(endpoints)
        self._slowed_at = self._ease_again_at = 0.0
        self._make_plan = make_plan
        self._timers = timers or SessionTimers()
        self._rng = rng or random.SystemRandom()
        self._healths = [EndpointHealth() for _ in endpoints]
        self._sink: SourceSink | None = None
        self._active: PoolConnection | None = None
        self._standby: PoolConnection | None = None
        self._draining: list[PoolConnection] = []
        self._index_of: dict[PoolConnection, int] = {}
        self._attempts: dict[Role, _Attempt] = {}
        self._replace_since: float | None = None
        self._last_active_index: int | None = None
        self._wake = asyncio.Event()
        self._generation = 0
        self._told: tuple[Link, str, str | None] | None = None
        self._notice: str | None = None
        self._is_closed = False
        self._facts = SessionFacts(endpoint=endpoints[0].label)

    # --- JobSource --------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The endpoint that is mined at, or tried."""
        return self._facts.endpoint

    async def run(self, sink: SourceSink) -> None:
        """Deliver jobs until cancelled. Raises LoginRefusedError when every endpoint refuses for good."""
        self._sink = sink
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
            for attempt in self._attempts.values():
                attempt.task.cancel()

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
        """Ask the pool where it can be asked; otherwise its next job comes by itself."""
        if self._active is not None:
            self._active.ask_for_job(time.monotonic())

    def notice(self) -> str | None:
        """The last sentence of a pool for people."""
        return self._notice

    async def close(self) -> None:
        """End all sessions."""
        self._is_closed = True
        self._sink = None
        attempts = [attempt.task for attempt in self._attempts.values()]
        for task in attempts:
            task.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        for connection in self._connections():
            connection.close()

    @property
    def facts(self) -> SessionFacts:
        """The sessions now."""
        active, facts = self._active, self._facts
        facts.rtt_ms = None if active is None or active.rtt_ms is None else round(active.rtt_ms, 1)
        facts.standby = self._standby.label if self._standby is not None else None
        return facts

    # --- the round --------------------------------------------------------------------------------------------

    def _round(self, now: float) -> None:
        for connection in self._connections():
            connection.tick(now)
        self._draining = [connection for connection in self._draining if not connection.is_ended]
        stopped = all_stopped(self._healths)
        if stopped is not None and self._active is None:
            raise LoginRefusedError(stopped.thing, next_step=stopped.next_step, code=stopped.code)
        if self._active is None:
            self._find_active(now)
        elif self._replace_since is not None:
            self._go_on_replacing(now)
        self._keep_standby(now)
        self._return_to_better(now)

    def _find_active(self, now: float) -> None:
        attempt = self._attempts.get(Role.ACTIVE) or self._attempts.get(Role.REPLACEMENT)
        standby = self._standby
        if standby is not None:
            if self._is_better_coming(attempt, self._index_of[standby], now):
                return
            self._standby = None
            if standby.is_ready:
                self._activate(standby)
                return
            if attempt is None:
                self._attempt(Role.ACTIVE, self._index_of[standby], now, standby)
                return
            self._retire(standby)
        if attempt is None:
            index = first_available(self._healths, now, but=[self._busy_index(Role.STANDBY)])
            if index is not None:
                self._facts.endpoint = self._endpoints[index].label
                self._tell(Link.CONNECTING, self._facts.last_cause)
                self._attempt(Role.ACTIVE, index, now)

    def _is_better_coming(self, attempt: _Attempt | None, index: int, now: float) -> bool:
        """At the start, an endpoint before the standby's gets a moment to be first."""
        if self._last_active_index is not None or attempt is None:
            return False
        return attempt.index < index and now - attempt.began_at < _START_GRACE_S

    def _go_on_replacing(self, now: float) -> None:
        assert self._replace_since is not None and self._active is not None
        if now - self._replace_since > self._timers.replace_s:
            self._drop_active()
            return
        index = self._index_of[self._active]
        if Role.REPLACEMENT not in self._attempts:
            self._attempt(Role.REPLACEMENT, index, now)

    def _keep_standby(self, now: float) -> None:
        if len(self._endpoints) < 2 or Role.STANDBY in self._attempts:
            return
        standby = self._standby
        if standby is not None:
            if now - standby.connected_at < standby.plan.behaviour.standby_renew_s:
                return
            index: int | None = self._index_of[standby]  # renewed on a new connection, the old one goes then
        else:
            busy = [self._index_of[self._active]] if self._active is not None else []
            index = first_available(
                self._healths,
                now,
                but=[*busy, self._busy_index(Role.ACTIVE), self._busy_index(Role.REPLACEMENT)],
            )
        if index is not None and self._healths[index].is_available(now):
            self._attempt(Role.STANDBY, index, now)

    def _return_to_better(self, now: float) -> None:
        active, standby = self._active, self._standby
        if active is None or standby is None or self._replace_since is not None:
            return
        if self._index_of[standby] > self._index_of[active] or now - standby.connected_at < self._timers.quiet_s:
            return
        if standby.is_ready:
            self._standby = None
            self._retire(active)
            self._active = None
            self._activate(standby)
        elif Role.REPLACEMENT not in self._attempts:
            self._standby = None
            self._attempt(Role.REPLACEMENT, self._index_of[standby], now, standby)

    def _busy_index(self, role: Role) -> int | None:
        attempt = self._attempts.get(role)
        return None if attempt is None else attempt.index

    # --- attempts ---------------------------------------------------------------------------------------------

    def _attempt(self, role: Role, index: int, now: float, connected: PoolConnection | None = None) -> None:
        """Open a session for `role` in a task; `connected`: on this socket, which is open already."""
        if connected is None:
            self._generation += 1
            plan = self._make_plan(self._endpoints[index], self._factors[index])
            connected = PoolConnection(plan, self._generation, self._timers, self)
            self._index_of[connected] = index
        task = asyncio.get_running_loop().create_task(self._open(role, index, connected))
        self._attempts[role] = _Attempt(role, index, now, task)

    async def _open(self, role: Role, index: int, connection: PoolConnection) -> None:
        is_login = role is not Role.STANDBY or connection.plan.behaviour.standby is Standby.LOGGED_IN
        try:
            if not connection.connected_at:
                await connection.connect()
            if is_login:
                await connection.log_in()
        except LinkError as error:
            self._index_of.pop(connection, None)
            self._note_failure(index, error, is_active=role is not Role.STANDBY)
            if role is Role.REPLACEMENT and self._replace_since is not None:
                self._drop_active()
        except asyncio.CancelledError:
            connection.close()
            raise
        else:
            self._opened(role, connection)
        finally:
            self._attempts.pop(role, None)
            self._wake.set()

    def _opened(self, role: Role, connection: PoolConnection) -> None:
        before = self._standby if role is Role.STANDBY else self._active
        if role is Role.STANDBY:
            self._standby = connection
        elif role is Role.ACTIVE and before is not None:  # a standby was faster
            before = connection
        else:
            if self._index_of[connection] == self._last_active_index:
                self._facts.reauths += 1
            self._activate(connection)
        if before is not None:
            self._retire(before)

    def _note_failure(self, index: int, error: LinkError, *, is_active: bool) -> None:
        self._endpoints[index] = self._configured[index]
        self._healths[index].failed(time.monotonic(), error, self._timers, jitter=self._rng.uniform(-0.3, 0.3))
        if is_active:
            self._facts.last_cause = error.sentence
            if self._active is None:
                self._tell(Link.DOWN, error.sentence)

    # --- the active session -----------------------------------------------------------------------------------

    def _activate(self, connection: PoolConnection) -> None:
        index, facts = self._index_of[connection], self._facts
        if self._last_active_index is not None and index != self._last_active_index:
            facts.failovers += 1
        self._last_active_index = index
        self._active, self._replace_since = connection, None
        facts.endpoint, facts.generation, facts.is_tls = connection.label, connection.generation, connection.is_tls
        facts.login, facts.pool = connection.plan.login.masked, connection.plan.profile
        self._tell(Link.READY, None)
        if connection.newest_job is not None and self._sink is not None:
            self._sink.job_received(connection.newest_job)

    def _drop_active(self) -> None:
        """Give the active session up; a ready standby takes over in the same moment."""
        active = self._active
        self._active, self._replace_since = None, None
        if active is not None:
            self._retire(active)
        self._find_active(time.monotonic())
        if self._active is None and self._sink is not None:
            self._sink.jobs_invalidated(self._facts.last_cause or "the session ended")

    def _retire(self, connection: PoolConnection) -> None:
        """Let go of a session: at once where nothing of it can be credited any more."""
        if connection.is_ready and connection.has_shares:
            connection.drain()
            self._draining.append(connection)
        else:
            connection.close()
            self._index_of.pop(connection, None)

    # --- ConnectionOwner --------------------------------------------------------------------------------------

    def job_arrived(self, connection: PoolConnection, job: Job) -> None:
        """New work; only that of the active session is hashed."""
        if connection is not self._active or self._sink is None:
            return
        self._sink.job_received(job)
        now = time.monotonic()
        if connection.plan.is_easier_wanted(job.difficulty) and now >= self._ease_again_at:
            self._ease_again_at = now + _EASE_EVERY_S
            said = f"difficulty {job.difficulty} of {connection.label} is too hard for its own timers, asking for less"
            self.connection_failed(connection, End.REPLACE, LinkError(said, code="renewed"))

    def connection_failed(self, connection: PoolConnection, end: End, error: LinkError) -> None:
        """A session is no good any more."""
        index = self._index_of.get(connection)
        if self._is_closed or index is None:
            return
        now = time.monotonic()
        if connection is self._standby:
            self._standby = None
            self._retire(connection)
            self._note_failure(index, error, is_active=False)
        elif connection is self._active and self._is_outlived(end, error):
            return  # some pools close the connection after their refusal: the new session is on its way already
        elif connection is self._active:
            self._facts.last_cause = error.sentence
            if error.code == DISPUTED and self._sink is not None:
                self._sink.memory_disputed(error.sentence)
            if end is End.REPLACE and not self._is_circuit_open(index, now, error):
                self._replace_since = now
                self._tell(Link.LOGIN, error.sentence)
            else:
                self._note_failure(index, error, is_active=True)
                self._tell(Link.DOWN, error.sentence)
                self._drop_active()
        self._wake.set()

    def _is_outlived(self, end: End, error: LinkError) -> bool:
        """Whether this is only the end of a socket whose session is being replaced: hashing goes on until then."""
        return self._replace_since is not None and end is End.DROP and error.code in SOCKET_ENDS

    def _is_circuit_open(self, index: int, now: float, error: LinkError) -> bool:
        """Five sessions of one endpoint broken in ten minutes: leave it, if there is another one."""
        if error.code in OWN_TIMING:
            return False
        is_open = self._healths[index].reauthenticated(now)
        if is_open and len(self._endpoints) > 1:
            error.leave_s = max(error.leave_s, REAUTH_LEAVE_S)
            return True
        return False

    def share_judged(self, connection: PoolConnection, outcome: Outcome) -> None:
        """Health follows the outcomes."""
        index = self._index_of.get(connection)
        if index is None:
            return
        health = self._healths[index]
        if outcome.kind is OutcomeKind.ACCEPTED:
            health.share_accepted()
        elif outcome.kind is OutcomeKind.REJECTED and health.share_rejected() and connection is self._active:
            sentence = f"{connection.label} refused {health.rejects_in_a_row} shares in a row ({outcome.detail})"
            leave_s = REJECTS_LEAVE_S if len(self._endpoints) > 1 else 0.0
            health.rejects_in_a_row = 0
            self.connection_failed(connection, End.DROP, LinkError(sentence, code="rejects", leave_s=leave_s))

    def slow_down_asked(self, connection: PoolConnection) -> None:
        """Ask for twice the difficulty in a new session, at most once a minute."""
        index, now = self._index_of.get(connection), time.monotonic()
        if index is None or now - self._slowed_at < _SLOW_DOWN_EVERY_S:
            return
        self._slowed_at = now
        self._factors[index] *= 2
        error = LinkError(f"{connection.label} wants fewer shares, asking for a higher difficulty", code="renewed")
        self.connection_failed(connection, End.REPLACE, error)

    def redirect_asked(self, connection: PoolConnection, host: str | None, port: int | None) -> None:
        """Follow within the same domain only, make-before-break."""
        index = self._index_of.get(connection)
        if index is None:
            return
        endpoint = redirected(self._configured[index], host or "", port or 0)
        if endpoint is None:
            self.notice_given(
                connection, f"{connection.label} asked for a connection to {host}:{port}, which is not followed"
            )
            return
        self._endpoints[index] = endpoint
        error = LinkError(f"{connection.label} moved us to {endpoint.label}", code="redirected")
        self.connection_failed(connection, End.REPLACE, error)

    def notice_given(self, connection: PoolConnection, sentence: str) -> None:
        """A sentence for people."""
        self._notice = sentence

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

    def _tell(self, link: Link, cause: str | None) -> None:
        told = (link, self._facts.endpoint, cause)
        if self._sink is not None and told != self._told:
            self._told = told
            self._sink.link_changed(link, endpoint=self._facts.endpoint, cause=cause)
