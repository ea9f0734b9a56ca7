"""The event-loop side of a cryptonote test pool: timers of the behaviour, and new work."""

from __future__ import annotations

import asyncio
import time

from mining.stratum.cryptonote.server_messages import encode_job
from tests.support.pools.behaviour import Behaviour, IdleEffect
from tests.support.pools.connection import Connection
from tests.support.pools.desk import Desk
from tests.support.pools.hashing import ShareHasher
from tests.support.pools.records import ConnectionRecord, Offence
from tests.support.pools.sockets import SocketServer
from tests.support.pools.state import PoolState, Session


class PoolServer(SocketServer[Connection]):
    """A cryptonote pool on its sockets."""

    def __init__(
        self, state: PoolState, hasher: ShareHasher, *, block_s: float | None = None, job_s: float | None = None
    ) -> None:
        super().__init__(state, block_s=block_s, job_s=job_s)
        self.state = state
        self.processes = state.behaviour.processes
        self._hasher = hasher
        self._desk = Desk(state, hasher, spawn=self.spawn, crash=self._crash)

    @property
    def behaviour(self) -> Behaviour:
        """The pool type."""
        return self.state.behaviour

    @property
    def line_limit(self) -> int:
        return self.behaviour.line_limit

    def new_link(
        self, record: ConnectionRecord, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Connection:
        return Connection(self.state, record, reader, writer)

    def take_lines(self, link: Connection, lines: list[bytes]) -> None:
        self._desk.take(link, lines)

    def take_long_line(self, link: Connection) -> None:
        self._desk.line_too_long(link)

    def forget_sessions(self) -> None:
        self.state.sessions.clear()

    def watch(self) -> None:
        self._watch_sessions()
        self._watch_logins()

    def make_work(self, *, is_block: bool) -> None:
        self.new_work(is_block=is_block)

    def _crash(self, link: Connection) -> None:
        """End the process of a connection: all its sockets, all its sessions."""
        for other in list(self.links.values()):
            if other.record.process == link.record.process:
                if other.session is not None:
                    self.state.forget(other.session)
                other.close("the pool's process crashed")

    # --- timers ---------------------------------------------------------------------------------------------------

    def _watch_sessions(self) -> None:
        rule, now = self.behaviour, time.monotonic()
        for session in self.state.live_sessions():
            is_idle = rule.idle_s is not None and now - session.beat_at > rule.idle_s
            if is_idle and rule.idle_effect is IdleEffect.FORGOTTEN:
                self.state.forget(session)
            elif is_idle and rule.idle_effect is IdleEffect.CLOSED:
                session.connection.close("idle")
            limit = rule.first_share_s
            if limit is not None and not session.accepted and now - session.logged_in_at > limit:
                session.connection.close("no valid share yet")
            if not session.connection.record.is_open and rule.idle_effect is not IdleEffect.FORGOTTEN:
                self.state.forget(session)

    def _watch_logins(self) -> None:
        limit = self.behaviour.login_s
        for link in list(self.links.values()):
            is_late = limit is not None and time.monotonic() - link.record.opened_at > limit
            if is_late and not link.login_count and link.is_open:
                self.state.offend(link.record.number, Offence.NO_LOGIN)
                if Offence.NO_LOGIN in self.behaviour.bans.causes:
                    self._desk.ban(link, "no login")
                link.close("no login")

    # --- work -----------------------------------------------------------------------------------------------------

    def new_work(self, *, is_block: bool, seed: bytes | None = None, next_seed: bytes = b"") -> None:
        """Push a new job to every session, of a new height or of the same."""
        if is_block or seed is not None:
            self.state.ring.next_block(seed=seed, next_seed=next_seed)
            self._hasher.prepare(self.state.algorithm, self.state.ring.current.seed)
        for session in self._sessions_with_socket():
            is_idle = self.behaviour.idle_s is not None and time.monotonic() - session.beat_at > self.behaviour.idle_s
            if is_idle and self.behaviour.idle_effect is IdleEffect.CLOSED_AT_NEXT_JOB:
                session.connection.close("idle")
            else:
                self.push(session)

    def _sessions_with_socket(self) -> list[Session]:
        return [session for session in self.state.live_sessions() if session.connection.is_open]

    def push(self, session: Session, *, blob: bytes | None = None, algorithm: str | None = None) -> None:
        """Make a session's next job and send it."""
        job = self.state.next_job(session, blob=blob, algorithm=algorithm)
        shape = self.behaviour.shape
        session.connection.notice(encode_job(job.offer(), shape))
