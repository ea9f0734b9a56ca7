"""What a test pool knows: sessions, work, bans, records. Owned by the pool's thread; others only read the records."""

from __future__ import annotations

import itertools
import os
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.pools.behaviour import Behaviour, IdText, SessionKey
from tests.support.pools.book import PoolBook
from tests.support.pools.work import ServedJob, TemplateRing, make_job

if TYPE_CHECKING:
    from tests.support.pools.connection import Connection


@dataclass(slots=True, eq=False)
class Session:
    """A logged-in miner. `jobs`: its ring, oldest first. `beat_at`: its last heartbeat."""

    id: str
    connection: Connection
    worker: str
    difficulty: int
    logged_in_at: float
    beat_at: float
    jobs: dict[str, ServedJob] = field(default_factory=dict)
    is_alive: bool = True
    accepted: int = 0
    invalid: int = 0
    unknown_jobs: int = 0
    score: int = 0

    @property
    def newest_job(self) -> ServedJob | None:
        """The job that was served last."""
        return next(reversed(self.jobs.values()), None)


class PoolState(PoolBook):
    """Everything but the sockets."""

    def __init__(self, behaviour: Behaviour, *, algorithm: str, seed: bytes) -> None:
        super().__init__()
        self.behaviour = behaviour
        self.algorithm = algorithm
        self.ring = TemplateRing(algorithm, seed)
        self.sessions: dict[tuple[int, str], Session] = {}
        self.jobs: dict[str, tuple[Session, ServedJob]] = {}  # every job ever served
        self.id_owners: dict[str, set[int]] = {}  # session id: the connections that it was given to
        self.sent_nonces: set[tuple[str, str]] = set()
        self._counter = itertools.count(int.from_bytes(os.urandom(2), "little") + 100_000)

    # --- sessions -------------------------------------------------------------------------------------------------

    def open_session(self, connection: Connection, worker: str, difficulty: int) -> Session:
        """Make the session of a good login and put it into the table of the connection's process."""
        now = time.monotonic()
        kind = self.behaviour.session_id
        text = worker or "0" if kind is IdText.WORKER_NAME else self.new_id(kind)
        session = Session(text, connection, worker, difficulty, now, now)
        self.sessions[connection.record.process, text] = session
        self.id_owners.setdefault(text, set()).add(connection.record.number)
        connection.session = session
        return session

    def find_session(self, connection: Connection, session_id: str | None) -> Session | None:
        """The session of a request, by the rule of this pool; None is "Unauthenticated"."""
        match self.behaviour.session_key:
            case SessionKey.SOCKET:
                found = connection.session
            case SessionKey.OWN_SOCKET:
                own = connection.session
                found = own if own is not None and own.id == session_id else None
            case SessionKey.ANY_SOCKET:
                found = self.sessions.get((connection.record.process, session_id or ""))
        return found if found is not None and found.is_alive else None

    def forget(self, session: Session) -> None:
        """Make the id unknown; the socket knows nothing of it."""
        session.is_alive = False
        for key in [key for key, value in self.sessions.items() if value is session]:
            del self.sessions[key]

    def live_sessions(self) -> Iterator[Session]:
        """Sessions whose id is known, each with an open socket or not."""
        yield from [session for session in self.sessions.values() if session.is_alive]

    # --- work -----------------------------------------------------------------------------------------------------

    def next_job(self, session: Session, *, blob: bytes | None = None, algorithm: str | None = None) -> ServedJob:
        """Make the session's next job and drop the oldest ones over the size of its ring."""
        behaviour = self.behaviour
        job = make_job(
            self.ring.current,
            job_id=self.new_id(behaviour.job_id),
            session_id=session.id,
            difficulty=session.difficulty,
            target_bytes=behaviour.target_bytes,
            fixed_byte=session.connection.record.number % 256 if behaviour.is_nicehash else None,
            blob=blob,
        )
        job.algorithm = algorithm or job.algorithm
        session.jobs[job.job_id] = job
        self.jobs[job.job_id] = session, job
        while len(session.jobs) > behaviour.jobs_kept:
            del session.jobs[next(iter(session.jobs))]
        return job

    def new_id(self, kind: IdText) -> str:
        """A fresh id of the wanted looks; no id comes twice, also not after a restart."""
        number = next(self._counter)
        match kind:
            case IdText.UUID:
                return str(uuid.uuid4())
            case IdText.DIGITS_15:
                return f"{number * 4_294_967_311 % 10**15:015d}"
            case IdText.COUNTER | IdText.WORKER_NAME:
                return str(number)
            case IdText.HEX_COUNTER:
                return f"{number:x}"
            case IdText.HEX_8:
                return f"{number:08x}"
            case IdText.HEX_16:
                return f"{number:08x}" + os.urandom(4).hex()
            case IdText.HEX_32:
                return os.urandom(16).hex()
            case IdText.BASE64_28:
                return b64encode(os.urandom(20)).decode()
