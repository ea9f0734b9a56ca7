"""What a journal line may tell, typed: the events that become rows. Decoding only; unknown fields are ignored.

Numbers and texts are held within what every database takes, so that one odd line cannot stop the ones behind it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mining.decoding import ready_to_decode

_Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 31) - 1)]
_BigCount = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class _Told(msgspec.Struct, frozen=True, tag_field="event"):
    """Base; the key `event` names the kind."""


class ShareTold(_Told, frozen=True, tag="share"):
    core: _Count
    outcome: Literal["accepted", "rejected", "stale", "lost"]
    difficulty: float
    generation: _BigCount = 0
    job: str | None = None
    nonce: _BigCount | None = None
    reason: str | None = None
    detail: str | None = None
    rtt_ms: float | None = None
    check_ms: float | None = None
    job_age_s: float | None = None
    found_unix_s: Annotated[float, msgspec.Meta(ge=0.0, le=7.0e9)] | None = None
    algorithm: str = ""
    coin: str = ""
    height: _BigCount | None = None
    pool_difficulty: float | None = None
    session: _Count = 0
    endpoint: str = ""
    plan_version: _Count = 0


class SessionTold(_Told, frozen=True, tag="session"):
    link: str
    endpoint: str | None = None
    cause: str | None = None
    session: _Count = 0
    source: str = ""
    profile: str = ""
    tls: bool = False
    login: str = ""
    coin: str = ""
    algorithm: str = ""


class PlanTold(_Told, frozen=True, tag="plan"):
    version: _Count
    digest: str
    state: str
    reason: str | None = None


class PayeeTold(msgspec.Struct, frozen=True):
    address_masked: str = ""


class StartTold(_Told, frozen=True, tag="start"):
    version: str | None = None
    payee: PayeeTold = PayeeTold()
    coin: str | None = None
    algorithm: str | None = None
    endpoint: str | None = None


class SummaryTold(_Told, frozen=True, tag="summary"):
    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    reason: str | None = None


class LogTold(_Told, frozen=True, tag="log"):
    sentence: str
    level: Literal["info", "warning", "error"] = "info"


class WorkerTold(_Told, frozen=True, tag="worker"):
    core: _Count
    state: str = ""
    exit: int | str | None = None
    restarts: int = 0


class AlgorithmTold(_Told, frozen=True, tag="algorithm", rename={"before": "from", "after": "to"}):
    before: str | None = None
    after: str | None = None
    gap_s: float | None = None


Told = ShareTold | SessionTold | PlanTold | StartTold | SummaryTold | LogTold | WorkerTold | AlgorithmTold
ready_to_decode(Told)


def told_of(event: dict[str, object]) -> Told | None:
    """The event as a value; None for a kind that becomes no row, and for one that cannot be read.

    NUL characters are left out: PostgreSQL keeps none in a text, and a share must not be lost for one.
    """
    try:
        told: Told = msgspec.convert(_without_nul(event), Told)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return told


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, dict):
        return {key: _without_nul(item) for key, item in value.items()}
    return value
