"""Rollouts as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import MOST_ID, Body, Line
from minerconsole.api.schemas.plans import ChangeOut, WishIn
from mining.models import Rollout, RolloutNode
from mining.services.rollouts import NodePreview, RolloutPreview
from mining.services.shown_values import shown_values

StageWord = Literal["canary", "rest", "taking_back", "done", "failed", "stopped"]
StepWord = Literal["waiting", "sent", "verified", "failed", "taken_back", "away", "untouched"]


class RolloutIn(WishIn, Body):
    """What all nodes of a group shall do, and how it is tried out first."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"group_id": 1, "is_offline": True, "algorithm": "scrypt", "reason": "winter"}

    group_id: int = Field(..., ge=1, le=MOST_ID)
    reason: Line = Field("", max_length=200)
    canary_percent: int = Field(10, ge=1, le=100, description="Of the group try it out first, at least one node.")
    verify_s: int = Field(900, ge=30, le=86400, description="To be verified hashing.")
    hold_s: int = Field(60, ge=0, le=86400, description="To hold before the rest follows.")
    most_failed: int = Field(0, ge=0, le=10000, description="More failures among the rest stop it.")


class RolloutNodePreview(Schema):
    """What would become of one node. Wave 0 tries it out; `refusal`: why it is left out."""

    node: str
    name: str
    wave: int
    is_present: bool
    changes: list[ChangeOut]
    is_payee_change: bool
    refusal: str

    @classmethod
    def of(cls, each: NodePreview) -> Self:
        """As it is shown."""
        return cls(
            node=each.node.ulid,
            name=each.node.name,
            wave=each.wave,
            is_present=each.is_present,
            changes=[ChangeOut.of(change) for change in each.changes],
            is_payee_change=each.is_payee_change,
            refusal=each.refusal,
        )


class RolloutPreviewOut(Schema):
    """What a rollout would do. `trouble`: why it cannot be started now. `is_payee_change`: it needs an administrator
    who gave the password just now."""

    nodes: list[RolloutNodePreview]
    trouble: str
    is_payee_change: bool

    @classmethod
    def of(cls, preview: RolloutPreview) -> Self:
        """As it is shown."""
        nodes = [RolloutNodePreview.of(each) for each in preview.nodes]
        return cls(nodes=nodes, trouble=preview.trouble, is_payee_change=preview.is_payee_change)


class RolloutNodeOut(Schema):
    """One node of a rollout, and its receipt in words."""

    node: str
    name: str
    wave: int
    step: StepWord
    reason: str
    plan: int | None
    step_at: datetime

    @classmethod
    def of(cls, row: RolloutNode) -> Self:
        """The row as it is shown."""
        return cls(
            node=row.node.ulid,
            name=row.node.name,
            wave=row.wave,
            step=row.step,  # type: ignore[arg-type]  # a choice of the model
            reason=row.reason,
            plan=row.plan.version if row.plan is not None else None,
            step_at=row.step_at,
        )


class RolloutOut(Schema):
    """A rollout. `values`: settings without secrets."""

    id: int
    group: str
    stage: StageWord
    stage_reason: str
    stage_at: datetime
    created_at: datetime
    created_by: str
    reason: str
    is_payee_change: bool
    values: dict[str, str]
    nodes: list[RolloutNodeOut] = Field(..., description="Empty in lists.")

    @classmethod
    def of(cls, row: Rollout, nodes: list[RolloutNode]) -> Self:
        """The row as it is shown."""
        names = ("stage", "stage_reason", "stage_at", "created_at", "reason", "is_payee_change")
        return cls(
            id=row.pk,
            group=row.group_name,
            created_by=row.actor_name,
            values=shown_values(row.values),
            nodes=[RolloutNodeOut.of(each) for each in nodes],
            **{name: getattr(row, name) for name in names},
        )


class RolloutStopIn(Body):
    """Whether those that try it out go back to what they did before."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"is_taken_back": True}

    is_taken_back: bool = False
