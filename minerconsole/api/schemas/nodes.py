"""Nodes, plans, shares, history and events as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

import msgspec
from ninja import Schema
from pydantic import Field

from mining.models import BenchmarkRun, Event, Node, Plan, PoolSession, Receipt, Share
from mining.services.control import NodeStatus
from mining.services.plan_changes import Change
from mining.services.shown_values import shown_values

_MOST = (1 << 53) - 1
PlanStateWord = Literal["queued", "delivered", "applied", "verified", "failed", "rolled_back", "superseded"]


class NodeOut(Schema):
    """A machine."""

    id: str = Field(..., description="Its ULID.")
    name: str
    is_local: bool
    version: str
    followed_version: int
    pins: dict[str, str]
    hardware: dict[str, Any]
    last_frame_at: datetime | None

    @classmethod
    def of(cls, node: Node) -> Self:
        """The row as it is shown."""
        names = ("name", "is_local", "version", "followed_version", "pins", "hardware", "last_frame_at")
        return cls(id=node.ulid, **{name: getattr(node, name) for name in names})


class NodeChange(Schema):
    """What can be changed of a node."""

    name: str = Field(..., max_length=64)


class StatusOut(Schema):
    """A node now. `frame` is Frame v1 (docs/PROTOCOLS.md), null while it has sent none."""

    is_running: bool
    sentence: str
    pid: int | None
    pins: dict[str, str]
    frame: dict[str, Any] | None

    @classmethod
    def of(cls, status: NodeStatus) -> Self:
        """The status as it is shown."""
        frame = None if status.frame is None else msgspec.to_builtins(status.frame)
        return cls(
            is_running=status.is_running,
            sentence=status.sentence,
            pid=status.pid,
            pins=dict(status.pins),
            frame=frame,
        )


class IntensityIn(Schema):
    """Share of the time of the chosen cores."""

    value: int = Field(..., ge=0, le=100, description="Percent.", examples=[50])


class CoresIn(Schema):
    """Which cores hash."""

    value: str = Field(..., max_length=200, examples=["0-3,6"])


class AlgorithmIn(Schema):
    """What is hashed offline; at a pool the coin gives it."""

    value: str = Field(..., max_length=16, examples=["scrypt"])


class DoneOut(Schema):
    """An order was given."""

    done: str = Field(..., examples=["paused"])


class ReceiptOut(Schema):
    """One step of a plan at its node."""

    state: PlanStateWord
    reason: str
    at: datetime

    @classmethod
    def of(cls, row: Receipt) -> Self:
        """The row as it is shown."""
        return cls(state=row.state, reason=row.reason, at=row.at)  # type: ignore[arg-type]  # a choice of the model


class PlanOut(Schema):
    """A version of what a node shall do. `values`: settings without secrets."""

    version: int
    state: PlanStateWord
    state_reason: str
    state_at: datetime
    created_at: datetime
    created_by: str
    reason: str
    digest: str
    is_payee_change: bool
    values: dict[str, str]
    pools: list[str]
    receipts: list[ReceiptOut]
    watch: str = Field(..., description="Where to see how far it got.")

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """The row as it is shown."""
        names = ("version", "state", "state_reason", "state_at", "created_at", "reason", "digest", "is_payee_change")
        return cls(
            created_by=plan.created_by.get_username() if plan.created_by is not None else "",
            values=shown_values(plan.values),
            pools=[pool.name for pool in plan.pools.all()],
            receipts=[ReceiptOut.of(row) for row in plan.receipts.all()],
            watch=f"/api/v1/nodes/{plan.node.ulid}/plans/{plan.version}",
            **{name: getattr(plan, name) for name in names},
        )


class PlanIn(Schema):
    """What a node shall do. Offline needs no coin; elsewhere coin, wallet and pools are needed."""

    coin: str | None = Field(None, max_length=24, examples=["XMR"])
    wallet_id: int | None = Field(None, ge=1, le=_MOST)
    pool_ids: list[int] = Field(default_factory=list, max_length=9, description="In order of preference.")
    is_offline: bool = False
    algorithm: str = Field("", max_length=16, description="Offline only.")
    worker: str = Field("", max_length=64)
    cores: str = Field("", max_length=200, examples=["0-3,6"])
    threads: int | None = Field(None, ge=1, le=4096)
    intensity: int = Field(100, ge=0, le=100)
    mode: Literal["auto", "fast", "light"] = "auto"
    huge_pages: Literal["auto", "on", "off"] = "auto"
    priority: Literal["idle", "low", "normal"] = "low"
    reason: str = Field("", max_length=200)


class RollbackIn(Schema):
    """Why to go back."""

    reason: str = Field("", max_length=200)


class ChangeOut(Schema):
    """One key that two plans differ in; "" is the default."""

    key: str
    old: str
    new: str
    cost: str

    @classmethod
    def of(cls, change: Change) -> Self:
        """The change as it is shown."""
        return cls(key=change.key, old=change.old, new=change.new, cost=change.cost.value)


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


class BenchmarkIn(Schema):
    """What to measure."""

    algorithm: str = Field("rx/0", max_length=16)
    hashes: int = Field(10_000, ge=1, le=1_000_000)


class BenchmarkOut(Schema):
    """A benchmark and its result (as `benchmark --json` prints it)."""

    id: int
    state: Literal["running", "done", "failed"]
    algorithm: str
    hashes: int
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    sentence: str
    result: dict[str, Any]

    @classmethod
    def of(cls, run: BenchmarkRun) -> Self:
        """The row as it is shown."""
        names = [name for name in cls.model_fields if name != "id"]
        return cls(id=run.pk, **{name: getattr(run, name) for name in names})
