"""What a Stratum V1 pool said to a client, as frozen values in the past tense. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from mining.stratum.bitcoin.difficulty import Difficulty
from mining.stratum.bitcoin.job import V1Job


@dataclass(frozen=True, slots=True)
class Configured:
    """The answer to `mining.configure`: the extensions granted, and the words for those refused (BIP 310).

    `version_mask`: the bits of the version that are ours, 0 without version rolling.
    """

    granted: frozenset[str]
    refused: tuple[tuple[str, str], ...]
    version_mask: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription was granted. `is_resumed`: with the extranonce of the session that was to be resumed."""

    extranonce1: bytes
    extranonce2_size: int
    session_id: str | None
    is_resumed: bool


@dataclass(frozen=True, slots=True)
class SubscribeRefused:
    """The subscription was refused, in the pool's words."""

    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Authorized:
    """The worker may submit. Jobs that came before follow as their own events."""


@dataclass(frozen=True, slots=True)
class AuthorizeRefused:
    """The worker was refused; no words (an empty message) mean a bare `false`: a wrong user or wallet."""

    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class DifficultySet:
    """A new difficulty, for the jobs from the next notify on. `target`: the largest hash that meets it."""

    difficulty: Difficulty
    target: int


@dataclass(frozen=True, slots=True)
class ExtranonceSet:
    """A new extranonce, for the jobs from the next notify on."""

    extranonce1: bytes
    extranonce2_size: int


@dataclass(frozen=True, slots=True)
class VersionMaskSet:
    """New bits of the version for us, valid at once."""

    version_mask: int


@dataclass(frozen=True, slots=True)
class JobReceived:
    """New work, with the difficulty and extranonce that apply to it. `job.is_clean`: all older jobs are dead."""

    job: V1Job


@dataclass(frozen=True, slots=True)
class JobRepeated:
    """The current job came again: nothing to restart."""

    job: V1Job


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a submit."""

    request_id: int
    ok: bool
    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class OptionAnswered:
    """The answer to an optional request, `method`; many pools never answer."""

    request_id: int
    method: str
    ok: bool
    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class ReconnectRequested:
    """The server asks for a new connection in `wait_s` seconds. None: the same host, or the same port, as now."""

    host: str | None
    port: int | None
    wait_s: int


@dataclass(frozen=True, slots=True)
class MessageShown:
    """Words of the server that answer no request of ours: a message to the miner, a ban, a removal."""

    message: str
    code: int | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that changes nothing for a client. `answer`: the line that the protocol wants back, else b""."""

    sentence: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class ForeignDialectSpoken:
    """The server speaks CryptoNote Stratum, by `what` it said: this port is for another family of algorithms."""

    what: str


@dataclass(frozen=True, slots=True)
class ProtocolViolated:
    """The server sent what cannot be used; `code` is that of the error. `is_final`: nothing more is read."""

    sentence: str
    code: str
    is_final: bool


Event = (
    Configured
    | Subscribed
    | SubscribeRefused
    | Authorized
    | AuthorizeRefused
    | DifficultySet
    | ExtranonceSet
    | VersionMaskSet
    | JobReceived
    | JobRepeated
    | Answered
    | OptionAnswered
    | ReconnectRequested
    | MessageShown
    | Ignored
    | ForeignDialectSpoken
    | ProtocolViolated
)
