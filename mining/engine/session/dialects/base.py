"""What a session needs of a dialect: lines for its intents, and what the pool said in one set of events. Pure.

A dialect belongs to one connection, has no clock and decides nothing: deadlines, pending shares, outcomes, failover and
back-off are the session's, and the same for all dialects (ADR 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mining.engine.jobs import Job, Share
from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.cryptonote.job import PoolJob
from mining.stratum.reasons import Reason
from mining.stratum.request import Request

Work = PoolJob | V1Job
"""A job in the dialect's own terms, as the session keeps it to write shares for."""


@dataclass(frozen=True, slots=True)
class LineWanted:
    """The protocol wants this line back at once."""

    line: bytes


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Shares may be sent. `is_resumed`: the session of a lost connection goes on, with its jobs and its extranonce."""

    is_resumed: bool = False


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The login was refused, in the pool's words."""

    message: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class WorkCame:
    """New work. `is_clean`: all older jobs are dead. `is_repeated`: the current one came again."""

    work: Work
    is_clean: bool = False
    is_repeated: bool = False

    @property
    def job_id(self) -> str:
        """The pool's name of it."""
        return str(self.work.job_id)


@dataclass(frozen=True, slots=True)
class ShareAnswered:
    """The answer to a share; `reason` is None for an accepted one."""

    request_id: int
    message: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class BeatAnswered:
    """The answer to a heartbeat; `reason` is None where the pool had nothing against it."""

    message: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ReconnectAsked:
    """The pool asks for a connection elsewhere (None: as now) in `wait_s` seconds."""

    host: str | None
    port: int | None
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class SessionReplaced:
    """The pool works for another session than ours on this socket."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Words of the pool that answer nothing of ours."""

    message: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Violated:
    """The pool sent what cannot be used. `is_final`: nothing more is read."""

    sentence: str
    code: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class WrongDialect:
    """The port speaks the language of another family of algorithms; `sign` is what told it."""

    sign: str


Event = (
    LineWanted
    | LoggedIn
    | LoginRefused
    | WorkCame
    | ShareAnswered
    | BeatAnswered
    | ReconnectAsked
    | SessionReplaced
    | Noticed
    | Violated
    | WrongDialect
)


class Dialect(Protocol):
    """One connection's language."""

    has_spare_work: bool
    """Whether `job_of` gives new work for a job that was used up, without the network."""

    def start(self, resume: Subscription | None = None) -> bytes:
        """Return what is written first; `resume` is what `subscription` was of a connection whose session is wanted
        back. Raises UseError for a login that cannot be sent."""

    @property
    def subscription(self) -> Subscription | None:
        """What another connection needs to go on with this session; None where that cannot be."""

    def receive(self, data: bytes) -> list[Event]:
        """Take what one read gave. Never raises for anything a pool can send."""

    def job_of(self, work: Work) -> Job | None:
        """Return `work` as the engine's value, with nothing in it that was given out before; None when it is used up.

        With `has_spare_work` each call gives another part of it.
        """

    def is_work_of(self, work: Work, job: Job) -> bool:
        """Whether a share of `job` is one of `work`: pools may give one job id to different work."""

    def submit(self, work: Work, share: Share) -> Request:
        """Return the line of a share. Raises UseError for one that must not be sent."""

    def keepalive(self) -> bytes:
        """Return a heartbeat. Raises UseError where the dialect has none, or the login is not granted."""

    def getjob(self) -> bytes:
        """Return the wish for a job. Raises as `keepalive`."""
