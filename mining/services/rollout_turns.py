"""Carries rollouts on: looks at the receipts of their plans, asks `mining.fleet.rollout` what comes next, and does it.

Any number of processes may call it; one at a time has a rollout to itself. What is done twice after a crash is
harmless: a node gets one more plan with the same values.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from mining.errors import MinerConsoleError
from mining.fleet.rollout import Limits, Member, Move, Order, Stage, Step, Turn, turn
from mining.models import Node, Plan, Rollout, RolloutNode
from mining.selectors.rollouts import UNDER_WAY, is_heard, rollout_nodes
from mining.services.actors import COMMAND_LINE, Actor, Role, role_of_user
from mining.services.control import node_order
from mining.services.errors import ConflictError
from mining.services.events import event_record
from mining.services.plan_wishes import PlanWish, values_of
from mining.services.plans import plan_apply, plan_rollback
from mining.services.rollout_wishes import wish_of

_LEASE = timedelta(minutes=2)
_MOST_TURNS = 8
logger = logging.getLogger(__name__)


def rollouts_advance() -> int:
    """Carry on every rollout that is under way; returns how many something was done for."""
    numbers = Rollout.objects.filter(stage__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)
    return sum(_advance(number) for number in list(numbers))


def _advance(number: int) -> bool:
    """Take one rollout, and do what is due until nothing is."""
    now = timezone.now()
    free = Rollout.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=number, stage__in=UNDER_WAY)
    if not free.update(busy_until=now + _LEASE):
        return False
    try:
        done = 0
        while done < _MOST_TURNS and _step(Rollout.objects.get(pk=number)):
            done += 1
        return done > 0
    finally:
        Rollout.objects.filter(pk=number).update(busy_until=None)


def _step(rollout: Rollout) -> bool:
    """One turn; whether anything changed."""
    if rollout.stage not in UNDER_WAY:
        return False
    rows = {row.pk: row for row in rollout_nodes(rollout)}
    found = turn(Stage(rollout.stage), [_member(row) for row in rows.values()], _limits(rollout))
    if found.stage == rollout.stage and not found.moves:
        return False
    orders = [move for move in found.moves if move.order is not Order.NOTHING]
    try:
        actor, wish = _actor(rollout), _wish(rollout) if any(m.order is Order.SEND for m in orders) else None
    except ConflictError as error:
        return _break_off(rollout, error.sentence)
    for move in found.moves:
        Rollout.objects.filter(pk=rollout.pk).update(busy_until=timezone.now() + _LEASE)
        _make(rollout, rows[move.key], move, actor, wish, found.reason)
    _enter(rollout, found)
    return True


def _member(row: RolloutNode) -> Member:
    plan = row.plan
    return Member(
        key=row.pk,
        name=row.node.name,
        wave=row.wave,
        step=Step(row.step),
        plan_state=plan.state if plan is not None else "",
        reason=row.reason or (plan.state_reason if plan is not None and row.step != Step.WAITING else ""),
        since_s=(timezone.now() - row.step_at).total_seconds(),
        is_present=is_heard(row.node),
    )


def _limits(rollout: Rollout) -> Limits:
    return Limits(rollout.verify_s, rollout.hold_s, rollout.most_failed)


def _actor(rollout: Rollout) -> Actor:
    """In whose name, with the role of now. Raises ConflictError for somebody who is no user any more."""
    if rollout.actor_key == COMMAND_LINE.key:
        return COMMAND_LINE
    number = rollout.created_by_id
    user = get_user_model().objects.filter(pk=number).first() if number is not None else None
    if user is None:
        raise ConflictError(f"{rollout.actor_name}, who started it, is no user any more", code="changed_meanwhile")
    role = Role(min(rollout.actor_role, role_of_user(user)))
    return Actor(rollout.actor_name, role, user.pk, is_fresh=rollout.is_confirmed, key=rollout.actor_key)


def _wish(rollout: Rollout) -> PlanWish:
    """What was looked at when it began. Raises ConflictError when the rows say something else by now."""
    wish = wish_of(rollout.wish)
    if values_of(wish).public != rollout.values:
        raise ConflictError(
            "Pool, wallet or coin of this rollout were changed meanwhile",
            next_step="Start a new rollout.",
            code="changed_meanwhile",
        )
    return wish


def _make(rollout: Rollout, row: RolloutNode, move: Move, actor: Actor, wish: PlanWish | None, why: str) -> None:
    """Do what is due for one node and keep its step; what is refused there is its failure."""
    try:
        match move.order:
            case Order.SEND:
                assert wish is not None  # a move of this turn is a sending
                row.plan = plan_apply(actor, row.node, wish, reason=_told(rollout, rollout.reason))
            case Order.BACK:
                _back(rollout, row, actor, why)
            case Order.NOTHING:
                pass
    except MinerConsoleError as error:
        said = error.sentence if move.order is Order.SEND else f"it could not be taken back: {error.sentence}"
        move = replace(move, step=Step.FAILED, reason=said)
    row.step, row.reason, row.step_at = move.step.value, move.reason[:400], timezone.now()
    row.save(update_fields=["step", "reason", "step_at", "plan"])


def _back(rollout: Rollout, row: RolloutNode, actor: Actor, why: str) -> None:
    """To the plan from before; a node that had none is stopped, as it was then."""
    reason = _told(rollout, f"taken back, {why or rollout.stage_reason}")
    if row.before_version:
        plan_rollback(actor, row.node, row.before_version, reason=reason)
    else:
        _give_up(row.plan, reason)
        node_order(actor, row.node, "stop")


def _give_up(plan: Plan | None, reason: str) -> None:
    """A plan that still waits is not to be sent again."""
    if plan is not None:
        waiting = Plan.objects.filter(pk=plan.pk, state__in=("queued", "delivered", "applied"))
        waiting.update(state="superseded", state_reason=reason[:400], state_at=timezone.now())


def _told(rollout: Rollout, text: str) -> str:
    return f"{rollout}{f': {text}' if text else ''}"[:200]


def _enter(rollout: Rollout, found: Turn) -> None:
    """Keep the stage; each is entered once, so its event is written once."""
    if found.stage == rollout.stage:
        return
    reason = (found.reason or rollout.stage_reason)[:400]
    is_ours = Rollout.objects.filter(pk=rollout.pk, stage=rollout.stage).update(
        stage=found.stage.value, stage_reason=reason, stage_at=timezone.now()
    )
    if is_ours:
        _tell(rollout, found.stage, reason)


def _tell(rollout: Rollout, stage: Stage, reason: str) -> None:
    level, said = {
        Stage.REST: ("info", "held where it was tried out; the rest follows"),
        Stage.DONE: ("info", "is done"),
        Stage.FAILED: ("error", f"was stopped: {reason}"),
    }.get(stage, ("info", stage.value))
    actor = Actor(rollout.actor_name, Role.NOBODY, rollout.created_by_id, key=rollout.actor_key)
    nodes: list[tuple[Node, str]] = [(row.node, row.step) for row in rollout_nodes(rollout)]
    counts = {step.value: sum(each == step for _, each in nodes) for step in Step}
    event_record(
        actor, kind=f"rollout.{stage.value}", level=level, sentence=f"{rollout} {said}", target=rollout,
        new={step: count for step, count in counts.items() if count},
    )  # fmt: skip


def _break_off(rollout: Rollout, reason: str) -> bool:
    """Nothing more can be sent: what was sent stays, and nobody else gets it."""
    now: datetime = timezone.now()
    rollout.nodes.filter(step=Step.WAITING.value).update(step=Step.UNTOUCHED.value, step_at=now)
    _enter(rollout, Turn(Stage.FAILED, reason))
    return True
