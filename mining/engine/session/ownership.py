"""What a connection is made for, and what it tells its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from mining.engine.jobs import Job, Outcome
from mining.engine.plan import Endpoint
from mining.engine.session.problems import LinkError
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import Behaviour

if TYPE_CHECKING:
    from mining.engine.session.connection import PoolConnection

UNUSABLE_JOB = ("bad_job", "bad_target")
"""Causes: the pool's newest job cannot be mined, so it must be asked for another one in a new session."""
OWN_TIMING = ("renewed", "redirected", "no_job", *UNUSABLE_JOB)
"""Causes that leave the old session good: shares may be sent to it until the new one is there."""
SOCKET_ENDS = ("closed_by_pool", "reset")
"""Causes that say no more than that the socket is gone."""
DISPUTED = "disputed"
"""Cause: the pool computes other hashes than we do, several times in a row."""


class End(Enum):
    """What the owner shall do about a connection that is no good any more."""

    REPLACE = "replace"  # hash on, log in anew on a second connection, then close this one
    DROP = "drop"  # nothing more can come of it


class ConnectionOwner(Protocol):
    """What a connection tells; every call returns at once."""

    def job_arrived(self, connection: PoolConnection, job: Job) -> None:
        """New work of this session."""

    def connection_failed(self, connection: PoolConnection, end: End, error: LinkError) -> None:
        """The session is no good any more. Told once after the login."""

    def share_judged(self, connection: PoolConnection, outcome: Outcome) -> None:
        """A share of this session got its outcome."""

    def job_dropped(self, connection: PoolConnection, job: Job, said: str) -> None:
        """The pool does not know this job any more; when it is the newest one, there is nothing to hash."""

    def slow_down_asked(self, connection: PoolConnection) -> None:
        """The pool gets shares too often."""

    def redirect_asked(self, connection: PoolConnection, host: str | None, port: int | None) -> LinkError | None:
        """The pool asks for a connection elsewhere (None: as now). Returns what ends a session in the making."""

    def notice_given(self, connection: PoolConnection, sentence: str) -> None:
        """A sentence for people."""


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What one connection is made for. `algorithm` is the one that the coin needs. `is_easier_wanted(difficulty)`:
    whether a new login should ask for less, because shares of this difficulty come too rarely for the pool's timers.
    `is_difficulty_ours`: the login asks for a difficulty that we chose. `suggested_difficulty`: asked for after the
    login, 0: not."""

    endpoint: Endpoint
    behaviour: Behaviour
    login: RenderedLogin
    algorithm: str
    fingerprints: tuple[str, ...] = ()
    profile: str = ""
    is_difficulty_ours: bool = False
    suggested_difficulty: int = 0
    is_easier_wanted: Callable[[int], bool] = lambda difficulty: False
