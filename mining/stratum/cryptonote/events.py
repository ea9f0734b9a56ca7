"""What a pool said to a client, as frozen values in the past tense. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from mining.stratum.cryptonote.job import PoolJob


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The login was granted. `session_id` keeps its JSON type; `job` is None when the reply carried no work."""

    session_id: str | int
    job: PoolJob | None
    extensions: frozenset[str]


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The login was refused, in the pool's words (see `mining.stratum.reasons`)."""

    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class JobReceived:
    """New work, which replaces the current one."""

    job: PoolJob


@dataclass(frozen=True, slots=True)
class JobRepeated:
    """The current job came again: nothing to restart."""

    job: PoolJob


@dataclass(frozen=True, slots=True)
class EmptyJobReceived:
    """A job without work: the current one goes on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a submit."""

    request_id: int
    ok: bool
    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class KeepaliveAnswered:
    """The answer to a `keepalived`; a refusal (`ok` false) may say that the session is gone."""

    request_id: int
    ok: bool
    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class JobRequestAnswered:
    """The answer to a `getjob`; a job that it carries follows as its own event. Many pools never answer."""

    request_id: int
    ok: bool
    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class ReconnectRequested:
    """The server asks for a new connection elsewhere. None: the same host, or the same port, as now."""

    host: str | None
    port: int | None


@dataclass(frozen=True, slots=True)
class SessionReplaced:
    """A job named another session id than ours: this session is gone."""

    session_id: str | int


@dataclass(frozen=True, slots=True)
class NoticeReceived:
    """Words of the server that answer no request of ours: a ban, a removal, a message to the miner."""

    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class MessageIgnored:
    """A message that means nothing to a client. `answer`: the line that the protocol wants back, else b""."""

    sentence: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class ForeignDialectSpoken:
    """The server speaks Stratum V1, by the method that it sent: this port is for another family of algorithms."""

    method: str


@dataclass(frozen=True, slots=True)
class ProtocolViolated:
    """The server sent what cannot be used; `code` is that of the error. `is_final`: nothing more is read."""

    sentence: str
    code: str
    is_final: bool


Event = (
    LoggedIn
    | LoginRefused
    | JobReceived
    | JobRepeated
    | EmptyJobReceived
    | Answered
    | KeepaliveAnswered
    | JobRequestAnswered
    | ReconnectRequested
    | SessionReplaced
    | NoticeReceived
    | MessageIgnored
    | ForeignDialectSpoken
    | ProtocolViolated
)
