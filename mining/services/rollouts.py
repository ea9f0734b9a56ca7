"""Rollouts: a plan for all nodes of a group, looked at before, tried out on some, stopped by a person.

What happens next is decided by `mining.fleet.rollout` and done by `mining.services.rollout_turns`. Whoever starts one
needs what the single plans need: an operator, and for another payee an administrator who gave the password just now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from mining.fleet.rollout import CANARY_PERCENT, Limits, waves_of
from mining.models import Node, NodeGroup, Plan, Rollout, RolloutNode, RolloutStage, RolloutStep
from mining.selectors.node_groups import nodes_of
from mining.selectors.rollouts import (
    UNDER_WAY,
    is_heard,
    not_reached,
    rollout_under_way,
    verified_versions,
    wanted_plans,
)
from mining.services.actors import Actor, Role, require
from mining.services.entries import Entries
from mining.services.errors import ConflictError
from mining.services.events import event_record
from mining.services.node_pins import check_pins
from mining.services.plan_changes import NOBODY, Change, payee_of, plan_changes
from mining.services.plan_wishes import PlanValues, PlanWish, values_of
from mining.services.plans import plan_preview
from mining.services.rollout_wishes import wish_kept
from mining.services.rows import locked

LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class NodePreview:
    """What would become of one node. `refusal`: why it is left out, "" when it is not; `wave` 0 tries it out."""

    node: Node
    wave: int
    is_present: bool
    changes: list[Change]
    is_payee_change: bool
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class RolloutPreview:
    """What a rollout would do. `trouble`: why it could not be started now, "" when it could."""

    nodes: list[NodePreview]
    trouble: str = ""

    @property
    def is_payee_change(self) -> bool:
        """Whether somebody else would be paid by one of the nodes."""
        return any(each.is_payee_change for each in self.nodes if not each.refusal)


def rollout_preview(
    actor: Actor, group: NodeGroup, wish: PlanWish, *, canary_percent: int = CANARY_PERCENT
) -> RolloutPreview:
    """Say what would change on each node, and who would try it out; nothing is made. Raises InvalidError by field."""
    require(actor, Role.OPERATOR, "roll out plans")
    values = values_of(wish)
    nodes = list(nodes_of(group).select_related("access"))
    refusals = _refusals(nodes, values)
    taking = [node for node in nodes if not refusals[node.pk]]
    if taking:
        plan_preview(actor, taking[0], wish)  # whether the values can be taken at all is the same for every node
    try:
        waves = waves_of([(node.pk, is_heard(node)) for node in taking], percent=canary_percent)
        trouble = ""
    except ValueError:
        waves, trouble = {}, _nobody(group, nodes, taking)
    plans = wanted_plans(nodes)
    shown = [_preview(node, plans.get(node.pk), values, waves.get(node.pk, 1), refusals[node.pk]) for node in nodes]
    return RolloutPreview(sorted(shown, key=lambda each: (bool(each.refusal), each.wave)), trouble)


def rollout_start(
    actor: Actor,
    group: NodeGroup,
    wish: PlanWish,
    *,
    reason: str = "",
    canary_percent: int = CANARY_PERCENT,
    limits: Limits = LIMITS,
) -> Rollout:
    """Begin: the first nodes get the plan with the next turn. Raises InvalidError by field, ForbiddenError, and
    ConflictError (confirm, under_way, nobody_present)."""
    entries = Entries()
    clean = entries.line(reason, most=200, field="reason")
    entries.check("The rollout was not started")
    preview = rollout_preview(actor, group, wish, canary_percent=canary_percent)
    if preview.trouble:
        raise ConflictError(preview.trouble, next_step="Look at the nodes of the group.", code="nobody_present")
    if preview.is_payee_change:
        _check_payee(actor)
    with transaction.atomic():
        row = _begin(actor, locked(group, "group"), wish, clean, limits, is_payee_change=preview.is_payee_change)
        _add_nodes(row, preview.nodes)
        _tell_start(actor, row, preview)
    return row


@transaction.atomic
def rollout_stop(actor: Actor, rollout: Rollout, *, is_taken_back: bool = False) -> Rollout:
    """Send it to nobody else; `is_taken_back`: those that try it out go back as well. Raises ConflictError (over)."""
    require(actor, Role.OPERATOR, "stop rollouts")
    row = locked(rollout, "rollout")
    if row.stage not in UNDER_WAY:
        raise ConflictError(f"{row} is over", next_step="Start another one.", code="over")
    row.nodes.filter(step=RolloutStep.WAITING).update(step=RolloutStep.UNTOUCHED, step_at=timezone.now())
    row.stage = RolloutStage.TAKING_BACK if is_taken_back else RolloutStage.STOPPED
    row.stage_reason, row.stage_at = f"stopped by {actor.name}", timezone.now()
    row.save(update_fields=["stage", "stage_reason", "stage_at"])
    what = " and takes it back where it was tried out" if is_taken_back else ""
    sentence = f"{actor.name} stopped {row}{what}"
    event_record(actor, kind="rollout.stopped", level="warning", sentence=sentence, target=row)
    return row


def _refusals(nodes: Iterable[Node], values: PlanValues) -> dict[int, str]:
    """Why each node would be left out, "" for those that would not."""
    nodes = list(nodes)
    plans = wanted_plans(nodes)
    return {node.pk: not_reached(node) or _pinned(node, plans.get(node.pk), values) for node in nodes}


def _pinned(node: Node, base: Plan | None, values: PlanValues) -> str:
    try:
        check_pins(node, node.pins, base, values.public)
    except ConflictError as error:
        return error.sentence
    return ""


def _preview(node: Node, base: Plan | None, values: PlanValues, wave: int, refusal: str) -> NodePreview:
    before = base.values if base is not None else {}
    payee = payee_of(values.public)
    is_payee_change = payee not in (payee_of(before), NOBODY)
    return NodePreview(node, wave, is_heard(node), plan_changes(before, values.public), is_payee_change, refusal)


def _nobody(group: NodeGroup, nodes: list[Node], taking: list[Node]) -> str:
    if not nodes:
        return f"There is no node in the group {group}"
    if not taking:
        return f"No node of the group {group} can take this plan"
    return f"No node of the group {group} is there now, so nothing could be tried out"


def _check_payee(actor: Actor) -> None:
    require(actor, Role.ADMIN, "change who is paid")
    if not actor.is_fresh:
        raise ConflictError(
            "This changes who is paid, and that needs your password again",
            next_step="Confirm it is you, then start the rollout again.",
            code="confirm",
        )


def _begin(
    actor: Actor, group: NodeGroup, wish: PlanWish, reason: str, limits: Limits, *, is_payee_change: bool
) -> Rollout:
    other = rollout_under_way(group)
    if other is not None:
        raise ConflictError(f"{other} is under way", next_step="Wait until it is over, or stop it.", code="under_way")
    now = timezone.now()
    return Rollout.objects.create(
        group=group,
        group_name=group.name,
        wish=wish_kept(wish),
        values=values_of(wish).public,
        reason=reason,
        stage_at=now,
        created_at=now,
        created_by_id=actor.user_id,
        actor_name=actor.name[:150],
        actor_key=actor.key,
        actor_role=int(actor.role),
        is_confirmed=is_payee_change,
        is_payee_change=is_payee_change,
        verify_s=round(limits.verify_s),
        hold_s=round(limits.hold_s),
        most_failed=limits.most_failed,
    )


def _add_nodes(rollout: Rollout, nodes: list[NodePreview]) -> None:
    before = verified_versions([each.node for each in nodes])
    RolloutNode.objects.bulk_create(
        [
            RolloutNode(
                rollout=rollout,
                node=each.node,
                wave=each.wave,
                step=RolloutStep.UNTOUCHED if each.refusal else RolloutStep.WAITING,
                reason=each.refusal[:400],
                before_version=before.get(each.node.pk, 0),
                step_at=rollout.created_at,
            )
            for each in nodes
        ]
    )


def _tell_start(actor: Actor, rollout: Rollout, preview: RolloutPreview) -> None:
    taking = [each for each in preview.nodes if not each.refusal]
    first = [each.node.name for each in taking if each.wave == 0]
    sentence = f"{actor.name} started {rollout}: tried out on {', '.join(first[:5])}{' …' if len(first) > 5 else ''}"
    event_record(
        actor,
        kind="rollout.started",
        level="warning" if rollout.is_payee_change else "info",
        sentence=f"{sentence}, {len(taking)} nodes in all",
        target=rollout,
        new={"values": rollout.values, "left_out": len(preview.nodes) - len(taking)},
    )
