"""What a test pool has seen and decided, for assertions. Times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Offence(StrEnum):
    """What a client must never do: some pool bans or kicks for it, or it loses shares."""

    DUPLICATE_SHARE = "the same nonce of a job sent twice"
    SECOND_LOGIN = "a second login on one socket"
    BAD_REQUEST_ID = "a JSON-RPC id that is absent, null, zero, or no integer"
    UNKNOWN_METHOD = "a method that this pool does not know"
    LONG_LINE = "a line over the limit of this pool"
    MALFORMED = "a line that is no request"
    PIPELINED = "a request in one piece with the login"
    BEFORE_LOGIN = "a request before the answer to the login was sent"
    NO_LOGIN = "no login within the limit"
    BAD_LOGIN = "a login that this pool's grammar refuses"
    FOREIGN_ID = "a session id that was not given to this connection"
    DEAD_GENERATION = "a share of a job that another session or another connection was given"
    UPPER_CASE = "upper-case hex"
    BAD_FORMAT = "a nonce or result of the wrong form"
    FIXED_BYTE = "a nonce that changes the byte which belongs to the pool"
    WRONG_HASH = "a result that is not the hash of the job"
    LOW_DIFFICULTY = "a share below the job's difficulty"
    WRONG_ALGORITHM = "a share of another algorithm, or for a job of an algorithm that was not agreed"
    NOT_SUBSCRIBED = "a request that needs a subscription, without one"
    SECOND_SUBSCRIPTION = "a second subscription on one socket"
    WRONG_WORKER = "a share of another worker than the one that is authorized"
    ROLLED_TIME = "a share with another time than its job's"
    CRASHED_THE_POOL = "a request that ends the pool's process"


class Verdict(StrEnum):
    """How a share was judged."""

    ACCEPTED = "accepted"
    UNAUTHENTICATED = "unauthenticated"
    BANNED = "banned"
    UNKNOWN_JOB = "unknown job"
    STALE = "stale"
    DUPLICATE = "duplicate"
    BAD_FORMAT = "bad format"
    FIXED_BYTE = "fixed byte"
    WRONG_HASH = "wrong hash"
    LOW_DIFFICULTY = "low difficulty"
    WRONG_WORKER = "wrong worker"
    BAD_TIME = "bad time"


@dataclass(frozen=True, slots=True)
class Violation:
    """One offence of one connection."""

    at: float
    connection: int
    offence: Offence
    detail: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its end."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """One login. `refusal` is empty when it was taken, `session_id` when it was refused."""

    at: float
    connection: int
    login: str
    password: str | None
    agent: str
    session_id: str = ""
    difficulty: float = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """One share and its end. `text`: the error's message. `credit`: below 1 where late shares count less.

    `was_answered`: the answer was handed to an open socket. The rest is Stratum V1's: `difficulty` is what the share is
    worth, `was_praised` tells that the pool said `true`, whatever it credits. `header`: what was hashed, empty where
    that cannot be told.
    """

    at: float
    connection: int
    session_id: str | None
    job_id: str
    nonce: str
    verdict: Verdict
    text: str = ""
    credit: float = 1.0
    was_answered: bool = True
    worker: str = ""
    extranonce2: str = ""
    ntime: str = ""
    difficulty: float = 0.0
    was_praised: bool = False
    header: bytes = b""


@dataclass(slots=True)
class ConnectionRecord:
    """One connection: every line in both directions, and how it ended (`ended` is empty while it is open)."""

    number: int
    opened_at: float
    process: int
    requests: list[Line] = field(default_factory=list)
    answers: list[Line] = field(default_factory=list)
    ended: str = ""
    ended_at: float | None = None
    flooded_bytes: int = 0

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed it."""
        return self.ended_at is None
