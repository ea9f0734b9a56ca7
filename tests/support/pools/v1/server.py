"""The event-loop side of a Stratum V1 test pool: timers of the behaviour, and new work."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.server_messages import encode_notify, encode_set_difficulty, encode_set_extranonce
from tests.support.pools.records import ConnectionRecord
from tests.support.pools.sockets import SocketServer
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.desk import V1Desk
from tests.support.pools.v1.state import V1Connection, V1Session, V1State
from tests.support.pools.v1.work import V1Work

RETARGET_SHARES = 4


class V1Server(SocketServer[V1Connection]):
    """A Stratum V1 pool on its sockets."""

    def __init__(self, state: V1State, *, block_s: float | None = None, job_s: float | None = None) -> None:
        super().__init__(state, block_s=block_s, job_s=job_s)
        self.state = state
        self._desk = V1Desk(state, self.begin_work)

    @property
    def behaviour(self) -> V1Behaviour:
        """The pool type."""
        return self.state.behaviour

    @property
    def line_limit(self) -> int:
        return self.behaviour.line_limit

    def new_link(
        self, record: ConnectionRecord, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> V1Connection:
        return V1Connection(self.state, record, reader, writer)

    def take_lines(self, link: V1Connection, lines: list[bytes]) -> None:
        self._desk.take(link, lines)

    def take_long_line(self, link: V1Connection) -> None:
        self._desk.line_too_long(link)

    def forget_sessions(self) -> None:
        self.state.forget_all()

    def watch(self) -> None:
        self.state.drop_closed()
        share_s, now = self.behaviour.vardiff_share_s, time.monotonic()
        for session in self.state.sessions.values():
            if (
                share_s is not None
                and session.is_authorized
                and now - session.retargeted_at > RETARGET_SHARES * share_s
            ):
                session.retarget(share_s, self.behaviour.difficulty)

    # --- work ---------------------------------------------------------------------------------------------------------

    def begin_work(self, session: V1Session) -> None:
        """Send a session its difficulty and the current job."""
        self.push(session, is_clean=True)

    def make_work(self, *, is_block: bool) -> None:
        """Make a job, of a new height or of the same, and push it to every session that takes jobs."""
        if is_block:
            self.state.ring.next_block()
        else:
            self.state.ring.next_job()
        limit, now = self.behaviour.idle_s, time.monotonic()
        for session in list(self.state.sessions.values()):
            if not self.state.wants_jobs(session):
                continue
            if limit is not None and now - session.beat_at > limit:
                session.connection.close("idle")
            else:
                self.push(session, is_clean=is_block or self.behaviour.is_always_clean)

    def push(self, session: V1Session, *, is_clean: bool) -> None:
        """Send the current job."""
        self._send_job(session, self.state.ring.current, is_clean=is_clean)

    def push_again(self, session: V1Session, job: V1Job) -> None:
        """Send a job once more, with the session's difficulty and extranonce of now."""
        work = self.state.ring.find(str(job.job_id))
        assert work is not None
        self._send_job(session, work, is_clean=job.is_clean)

    def _send_job(self, session: V1Session, work: V1Work, *, is_clean: bool) -> None:
        """Send the session's difficulty, where it changed, and a job."""
        link = session.connection
        if session.told_difficulty != session.difficulty:
            session.told_difficulty = session.difficulty
            link.notice(encode_set_difficulty(session.difficulty))
        link.notice(encode_notify(self.state.next_job(session, work, is_clean=is_clean)))

    def set_extranonce(self, session: V1Session, second_size: int = 0) -> None:
        """Change the extranonce for the jobs to come, perhaps with another size of its second part."""
        size = second_size or session.extranonce.second_size
        session.extranonce = replace(self.state.new_extranonce(), second_size=size)
        session.connection.notice(encode_set_extranonce(session.extranonce))
