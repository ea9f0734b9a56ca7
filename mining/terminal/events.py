"""The events of a running Node as typed values (contract: `--json` events). Decoding only; unknown fields are ignored.

A Frame event is the Frame v1 itself. Every field may be missing or null: a view shows "–" for what it was not told.
"""

from __future__ import annotations

import msgspec

from mining.decoding import ready_to_decode
from mining.telemetry.frame import Frame, Payee


class _Event(msgspec.Struct, frozen=True, tag_field="event"):
    """Base of all events but frame; the key `event` names the kind."""


class StartEvent(_Event, frozen=True, tag="start"):
    version: str | None = None
    payee: Payee | None = None
    sources: dict[str, str] = {}
    node_id: str | None = None
    offline: bool = False
    algorithm: str | None = None
    coin: str | None = None
    endpoint: str | None = None


class JobEvent(_Event, frozen=True, tag="job"):
    id: str | None = None
    height: int | None = None
    difficulty: int | None = None
    algorithm: str | None = None
    endpoint: str | None = None


class ShareEvent(_Event, frozen=True, tag="share"):
    outcome: str
    generation: int | None = None
    job: str | None = None
    core: int | None = None
    difficulty: int | None = None
    reason: str | None = None
    detail: str | None = None
    rtt_ms: float | None = None
    job_age_s: float | None = None


class SessionEvent(_Event, frozen=True, tag="session"):
    link: str
    endpoint: str | None = None
    cause: str | None = None


class WorkerEvent(_Event, frozen=True, tag="worker"):
    core: int | None = None
    state: str | None = None
    exit: int | str | None = None
    restarts: int | None = None


class AlgorithmEvent(_Event, frozen=True, tag="algorithm", rename={"before": "from", "after": "to"}):
    before: str | None = None
    after: str | None = None
    gap_s: float | None = None


class LogEvent(_Event, frozen=True, tag="log"):
    sentence: str
    level: str | None = None


class SummaryEvent(_Event, frozen=True, tag="summary"):
    seconds: float | None = None
    hashes: int | None = None
    hashrate_hps: float | None = None
    candidates: int | None = None
    invalid: int | None = None
    found: int | None = None
    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    lost: int | None = None
    restarts: int | None = None
    reauths: int | None = None
    failovers: int | None = None
    dataset_seconds: float | None = None
    reason: str | None = None


Event = (
    StartEvent | JobEvent | ShareEvent | SessionEvent | WorkerEvent | AlgorithmEvent | LogEvent | SummaryEvent
)  # fmt: skip
ready_to_decode(Event)
_KINDS = frozenset({"start", "job", "share", "session", "worker", "algorithm", "log", "summary"})


def event_from_dict(event: dict[str, object]) -> Event | Frame | None:
    """Decode one event. A kind from a newer engine gives None; one that cannot be read gives a log event saying so."""
    kind = event.get("event")
    try:
        if kind == "frame":
            return msgspec.convert(event, Frame)
        if kind in _KINDS:
            decoded: Event = msgspec.convert(event, Event)
            return decoded
    except msgspec.ValidationError as error:
        return LogEvent(level="warning", sentence=f"A {kind} event cannot be shown: {error}.")
    return None
