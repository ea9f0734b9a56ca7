"""What a Stratum V1 test pool knows: sessions, work, records. Owned by the pool's thread."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass, field

from mining.stratum.bitcoin.difficulty import Difficulty
from mining.stratum.bitcoin.job import Extranonce, V1Job
from tests.support.pools.book import PoolBook
from tests.support.pools.connection import Link
from tests.support.pools.v1.behaviour import FirstJob, V1Behaviour
from tests.support.pools.v1.work import V1Work, WorkRing


@dataclass(slots=True, eq=False)
class V1Session:
    """A subscribed client. `jobs`: every job it got, each as it came last; `easiest`: the lowest difficulty of each.

    `is_alive` is false once the pool has forgotten it. `beat_at`: its last submit, at first its subscription.
    """

    id: str
    connection: V1Connection
    extranonce: Extranonce
    difficulty: Difficulty
    agent: str
    beat_at: float
    is_resumed: bool = False
    worker: str = ""
    is_authorized: bool = False
    is_alive: bool = True
    previous_difficulty: Difficulty | None = None
    told_difficulty: Difficulty | None = None
    jobs: dict[str, V1Job] = field(default_factory=dict)
    easiest: dict[str, Difficulty] = field(default_factory=dict)
    judged: int = 0
    invalid: int = 0
    invalid_since: float | None = None
    retargeted_at: float = field(default_factory=time.monotonic)
    shares_since: int = 0

    @property
    def newest_job(self) -> V1Job | None:
        """The job that was sent last."""
        return next(reversed(self.jobs.values()), None)

    def note_job(self, job: V1Job) -> None:
        """Remember a job that goes out."""
        key = str(job.job_id)
        self.jobs.pop(key, None)
        self.jobs[key] = job
        self.easiest[key] = min(self.easiest.get(key, job.difficulty), job.difficulty)

    def set_difficulty(self, difficulty: Difficulty) -> None:
        """Change the difficulty of the jobs to come."""
        self.previous_difficulty, self.difficulty = self.difficulty, difficulty

    def retarget(self, share_s: float, least: Difficulty) -> None:
        """Aim at a share every `share_s` seconds, by a factor of 4 at most, and never below `least`."""
        now = time.monotonic()
        factor = self.shares_since * share_s / (now - self.retargeted_at)
        self.retargeted_at, self.shares_since = now, 0
        if not 0.7 < factor < 1.4:
            self.set_difficulty(max(float(least), float(self.difficulty) * min(max(factor, 0.25), 4.0)))


class V1Connection(Link[V1Session]):
    """A connection of a Stratum V1 pool."""


class V1State(PoolBook):
    """Everything but the sockets. `submitted`: the connections over which each share came."""

    def __init__(self, behaviour: V1Behaviour) -> None:
        super().__init__()
        self.behaviour = behaviour
        self.ring = WorkRing(kept=behaviour.jobs_kept, branches=behaviour.branches)
        self.sessions: dict[str, V1Session] = {}
        self.submitted: dict[tuple[str, ...], list[int]] = {}
        self.counted: set[tuple[str, ...]] = set()
        self._extranonces = itertools.count(int.from_bytes(os.urandom(2), "little") + 1)

    def open_session(self, connection: V1Connection, agent: str, resumed_id: str | None) -> V1Session:
        """Make the session of a subscription, or wake up the one that is to be resumed."""
        old = self.sessions.get(resumed_id or "") if self.behaviour.resumes else None
        now = time.monotonic()
        if old is not None and old.is_alive and not old.connection.record.is_open:
            session = V1Session(old.id, connection, old.extranonce, old.difficulty, agent, now, is_resumed=True)
            session.jobs, session.easiest = old.jobs, old.easiest
        else:
            session = V1Session(
                os.urandom(4).hex(), connection, self.new_extranonce(), self.behaviour.difficulty, agent, now
            )
        self.sessions[session.id] = session
        connection.session = session
        return session

    def new_extranonce(self, second_size: int = 0) -> Extranonce:
        """An extranonce that nobody has or had."""
        size = self.behaviour.extranonce1_bytes
        return Extranonce(
            next(self._extranonces).to_bytes(size, "big"), second_size or self.behaviour.extranonce2_bytes
        )

    def next_job(self, session: V1Session, work: V1Work, *, is_clean: bool) -> V1Job:
        """The job as the session gets it now."""
        job = work.job_for(session.extranonce, session.difficulty, is_clean=is_clean)
        session.note_job(job)
        return job

    def wants_jobs(self, session: V1Session) -> bool:
        """Whether a session is sent jobs."""
        is_due = session.is_authorized or self.behaviour.first_job is FirstJob.AFTER_SUBSCRIBE
        return is_due and session.is_alive and session.connection.is_open

    def forget_all(self) -> None:
        """Know no worker any more; the sockets know nothing of it."""
        for session in self.sessions.values():
            session.is_alive = session.is_authorized = False
        self.sessions.clear()

    def drop_closed(self) -> None:
        """Forget sessions without a socket, where nobody can resume them."""
        if not self.behaviour.resumes:
            for key in [key for key, session in self.sessions.items() if not session.connection.record.is_open]:
                del self.sessions[key]
