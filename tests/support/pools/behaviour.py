"""The words for how pool software behaves: one frozen value per pool type, every timer a setting in seconds.

The rows are in `presets`; what they mean in the code is `desk` (requests), `judge` (shares) and `server` (timers).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Any

from mining.stratum.cryptonote.server_messages import PLAIN_SHAPE, PLAIN_STYLE, JobShape, ReplyStyle
from tests.support.pools.records import Offence


class SessionKey(Enum):
    """How a request finds its session."""

    ANY_SOCKET = auto()  # by params.id in the table of this socket's process, whatever the socket
    OWN_SOCKET = auto()  # by the socket, and params.id must be its own
    SOCKET = auto()  # by the socket; params.id is not looked at


class IdText(Enum):
    """What session ids and job ids look like."""

    UUID = auto()
    DIGITS_15 = auto()
    COUNTER = auto()
    HEX_COUNTER = auto()
    HEX_8 = auto()
    HEX_16 = auto()
    HEX_32 = auto()
    BASE64_28 = auto()
    WORKER_NAME = auto()


class RequestIdRule(Enum):
    """What happens to a request by its JSON-RPC id."""

    FALSY_DROPPED = auto()  # 0, null, false, "" or absent, or no params: no reply at all
    MUST_EXIST = auto()  # absent is a protocol error
    TEXT_IS_ZERO = auto()  # a text is answered with id 0
    UINT32_OR_BAN = auto()
    NULL_CLOSES = auto()
    NOT_NULL = auto()  # null is answered with an error
    INTEGER_OR_CLOSE = auto()


class Effect(Enum):
    """What follows from something that the client does or leaves undone."""

    IGNORED = auto()
    ERROR = auto()
    ERROR_UNTIL_SHARE = auto()  # an error, and the end if no share was accepted yet
    ERROR_AND_CLOSE = auto()
    COUNTED = auto()  # a protocol error; the limit closes
    CLOSE = auto()
    BAN = auto()
    CRASH = auto()  # the process throws: all its sockets and sessions are gone


class IdleEffect(Enum):
    """What happens to a session without a heartbeat."""

    FORGOTTEN = auto()  # the id is unknown from now on, the socket stays open
    CLOSED = auto()
    CLOSED_AT_NEXT_JOB = auto()


class Beat(StrEnum):
    """What counts as a heartbeat."""

    SUBMIT = "submit"
    GETJOB = "getjob"
    KEEPALIVED = "keepalived"
    ANY_LINE = "any line"
    ANY_ANSWER = "any answer"


class SecondLogin(Enum):
    """What a second login on a socket does."""

    ADDS = auto()  # a new id; the old one lives on
    REPLACES = auto()
    BANS = auto()
    REFUSED = auto()  # "Invalid method"; closes if no job was sent yet


class GetJobAnswer(Enum):
    """How `getjob` is answered."""

    PUSH = auto()  # never by id: the job comes as a notice
    REPLY = auto()
    UNKNOWN = auto()


class Unchanged(Enum):
    """What `getjob` gives when there is no newer job."""

    CURRENT = auto()
    EMPTY = auto()
    NULL = auto()


class Grammar(Enum):
    """How `login` and `pass` are read (see `logins`)."""

    ADDRESS_DOT_PLUS = auto()
    ADDRESS_PASSWORD = auto()
    MININGCORE = auto()
    ADDRESS_DOT = auto()
    ANYTHING_LAST_NUMBER = auto()
    ANYTHING_PLUS = auto()


@dataclass(frozen=True, slots=True)
class Texts:
    """The pool's words. `banned`: None closes without a word."""

    unauthenticated: str = "Unauthenticated"
    unknown_job: str = "Invalid job id"
    stale: str = "Block expired"
    duplicate: str = "Duplicate share"
    bad_format: str = "Duplicate share"
    wrong_hash: str = "Low difficulty share"
    low_difficulty: str = "Low difficulty share"
    fixed_byte: str = "Duplicate share"
    unknown_method: str = "Invalid method"
    second_login: str = "Invalid method"
    bad_address: str = "Invalid payment address provided"
    no_password: str = "No login/password specified"
    line_too_long: str = ""
    kicked: str = ""
    banned: str | None = "IP Address currently banned"


@dataclass(frozen=True, slots=True)
class BanRules:
    """When the address is banned, and for how long. Without `closes` the socket stays, and gets the ban text.

    `invalid_part` of at least `judged_shares` is too much. `score_limit`: the score, +`score_good` a good share and
    -`score_bad` a bad one, at which the client is banned (`score_bans`) or only closed.
    """

    seconds: float = 0.0
    closes: bool = True
    causes: frozenset[Offence] = frozenset()
    first_share_must_be_good: bool = False
    unknown_jobs_before_first: int | None = None
    invalid_part: float | None = None
    judged_shares: int = 30
    score_limit: int | None = None
    score_good: int = 1
    score_bad: int = 5
    score_bans: bool = True


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One type of pool. Limits of None do not exist; `templates_kept` counts heights, 1 = the current one only.

    `late_s`: shares of an older height are accepted that long, for less. `difficulty`: what a session starts with; a
    login may ask for less, and for more up to `largest_difficulty`. `processes`: workers of the pool, each with its own
    table of sessions; connections go to them in turn.
    """

    name: str
    session_key: SessionKey
    session_id: IdText
    job_id: IdText
    request_id: RequestIdRule
    idle_s: float | None
    idle_effect: IdleEffect
    heartbeat: frozenset[Beat]
    jobs_kept: int
    templates_kept: int
    second_login: SecondLogin
    unknown_method: Effect
    getjob: GetJobAnswer
    grammar: Grammar
    login_s: float | None = None
    first_share_s: float | None = None
    late_s: float = 0.0
    stale_is_invalid: bool = False
    unchanged_job: Unchanged = Unchanged.CURRENT
    answers_keepalived: bool = True
    unknown_method_code: int | None = None
    keepalived_unknown: Effect = Effect.ERROR
    unauthenticated: Effect = Effect.ERROR
    needs_text_id: bool = False
    needs_password: bool = False
    crashes_without_password: bool = False
    malformed: Effect = Effect.CLOSE
    protocol_errors: int = 4
    line_limit: int = 10_240
    long_line: Effect = Effect.CLOSE
    shortest_line: int = 0
    is_nicehash: bool = False
    extensions: tuple[str, ...] | None = None
    shape: JobShape = PLAIN_SHAPE
    style: ReplyStyle = PLAIN_STYLE
    target_bytes: int | None = None
    texts: Texts = Texts()
    bans: BanRules = BanRules()
    difficulty: int = 10
    largest_difficulty: int = 10
    processes: int = 1

    def but(self, **changes: Any) -> Behaviour:
        """Return the same pool with other settings, for example `but(idle_s=2.0)`."""
        return replace(self, **changes)

    def with_ban_s(self, seconds: float) -> Behaviour:
        """Return the same pool with another length of its bans."""
        return replace(self, bans=replace(self.bans, seconds=seconds))
