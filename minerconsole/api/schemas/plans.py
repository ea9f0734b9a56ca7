"""Plans as the API shows them: values without secrets, addresses shortened."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import MOST_ID, Body, Line, RowNumber
from mining.models import Plan, Receipt
from mining.services.plan_changes import Change
from mining.services.shown_values import shown_values

PlanStateWord = Literal["queued", "delivered", "applied", "verified", "failed", "rolled_back", "superseded"]


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


class WishIn(Schema):
    """What a node shall do, in bodies that ask for it."""

    coin: Line | None = Field(None, max_length=24, examples=["XMR"])
    wallet_id: int | None = Field(None, ge=1, le=MOST_ID)
    pool_ids: list[RowNumber] = Field(default_factory=list, max_length=9, description="In order of preference.")
    is_offline: bool = False
    algorithm: Line = Field("", max_length=16, description="Offline only.")
    worker: Line = Field("", max_length=64)
    cores: Line = Field("", max_length=200, examples=["0-3,6"])
    threads: int | None = Field(None, ge=1, le=4096)
    intensity: int = Field(100, ge=0, le=100)
    mode: Literal["auto", "fast", "light"] = "auto"
    huge_pages: Literal["auto", "on", "off"] = "auto"
    priority: Literal["idle", "low", "normal"] = "low"


class PlanIn(WishIn, Body):
    """What a node shall do. Offline needs no coin; elsewhere coin, wallet and pools are needed."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "coin": "XMR",
        "wallet_id": 1,
        "pool_ids": [2, 1],
        "intensity": 50,
        "reason": "quiet nights",
    }

    reason: Line = Field("", max_length=200)
    is_delivered: bool = Field(True, description="False: made and signed only; hand it over later.")


class RollbackIn(Body):
    """Why to go back."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"reason": "too hot"}

    reason: Line = Field("", max_length=200)


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


class PreviewOut(Schema):
    """What a plan would change. `is_payee_change`: it needs an administrator who gave the password just now."""

    changes: list[ChangeOut]
    is_payee_change: bool


class PlansOut(Schema):
    """A page of plans, newest first; ask with `before` for the next one, null when there is none."""

    plans: list[PlanOut]
    before: int | None
