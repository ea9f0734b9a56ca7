"""What came of mining as the API shows it: shares, sessions, history, events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from ninja import Schema
from pydantic import Field

from mining.models import Event, PoolSession, Share


class ShareOut(Schema):
    """A share and its one outcome."""

    id: int
    at: datetime
    found_at: datetime | None
    outcome: Literal["accepted", "rejected", "stale", "lost"]
    reason: str
    detail: str
    algorithm: str
    coin: str
    endpoint: str
    job_id: str
    height: int | None
    nonce: str
    core: int
    difficulty: float
    pool_difficulty: float | None
    rtt_ms: float | None
    check_ms: float | None
    job_age_s: float | None
    plan_version: int

    @classmethod
    def of(cls, share: Share) -> Self:
        """The row as it is shown."""
        names = [name for name in cls.model_fields if name != "id"]
        return cls(id=share.pk, **{name: getattr(share, name) for name in names})


class SharesOut(Schema):
    """A page of shares, newest first; ask with `cursor` for the next one, "" when there is none."""

    shares: list[ShareOut]
    cursor: str


class ShareCountsOut(Schema):
    """How shares ended; the work of accepted ones for each algorithm, in hashes."""

    found: int
    accepted: int
    rejected: int
    stale: int
    lost: int
    difficulty_accepted: dict[str, float]


class SessionOut(Schema):
    """One login at a job source."""

    epoch: str
    generation: int
    endpoint: str
    kind: str
    profile: str
    is_tls: bool
    coin: str
    algorithm: str
    login_masked: str
    started_at: datetime
    ended_at: datetime | None
    end_cause: str

    @classmethod
    def of(cls, row: PoolSession) -> Self:
        """The row as it is shown."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class SeriesOut(Schema):
    """History: for each algorithm columns as long as `times`; null is a gap."""

    start: datetime
    step_s: int
    times: list[int] = Field(..., description="Unix seconds: the start of each bin.")
    tracks: dict[str, dict[str, list[float | None]]]


class EventOut(Schema):
    """Who did what, when, from what to what."""

    id: int
    at: datetime
    level: str
    kind: str
    sentence: str
    actor: str
    node: str | None
    target_kind: str
    target_id: str
    old: dict[str, Any]
    new: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> Self:
        """The row as it is shown."""
        names = ("at", "level", "kind", "sentence", "actor", "target_kind", "target_id", "old", "new")
        node = event.node.ulid if event.node is not None else None
        return cls(id=event.pk, node=node, **{name: getattr(event, name) for name in names})


class EventsOut(Schema):
    """A page of events, newest first; `before` of the next page is the last id here, null when there is none."""

    events: list[EventOut]
    before: int | None


class SessionsOut(Schema):
    """A page of sessions, newest first; ask with `before` for the next one, null when there is none."""

    sessions: list[SessionOut]
    before: int | None
