"""Plans of a Node: made, signed, delivered, rolled back, and what the Node answered.

A plan is a version that never changes. What a person wants becomes keys and texts, is resolved as the Node will resolve
it, signed with this console's key and handed over; the Node answers with receipts. Changing who is paid needs the role
admin and a fresh password.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mining.configuration.console_plan import resolve_console_values
from mining.engine.control import NotRunningError, request
from mining.engine.followed_version import read_followed
from mining.engine.signed_plan import (
    CONSOLE_KEY,
    PlanDocument,
    decode_document,
    digest_of,
    encode_document,
    private_key_of,
    sign,
)
from mining.errors import ConfigurationError, MinerConsoleError
from mining.models import Coin, Node, Plan, PlanPool, PlanState, Receipt, Wallet
from mining.selectors.plans import base_plan, start_plan
from mining.services.actors import Actor, Role, require
from mining.services.beside_benchmark import refuse_plan_beside_benchmark
from mining.services.errors import ConflictError, InvalidError, NotFoundError
from mining.services.events import event_record
from mining.services.fleet_access import member_of
from mining.services.fleet_orders import SENT, plan_send
from mining.services.live_pins import live_pins
from mining.services.node_pins import check_pins
from mining.services.plan_changes import NOBODY, Change, payee_of, plan_changes
from mining.services.plan_wishes import PlanValues, PlanWish, public_text, values_of

_DELIVER_S = 15.0
_WAITS = "the miner is not running; it follows this plan when it starts"
_NO_ANSWER = "the miner did not answer in time; it may follow this plan yet, and it can be applied again"
_FIELDS = {
    "COIN": "coin", "WALLET": "wallet", "PAYMENT_ID": "wallet", "WORKER": "worker", "CORES": "cores",
    "THREADS": "threads", "INTENSITY": "intensity", "MODE": "mode", "HUGE_PAGES": "huge_pages",
    "PRIORITY": "priority", "ALGORITHM": "algorithm",
}  # fmt: skip
_RANK = {
    PlanState.QUEUED: 0,
    PlanState.DELIVERED: 1,
    PlanState.APPLIED: 2,
    PlanState.VERIFIED: 3,
    PlanState.FAILED: 3,
    PlanState.ROLLED_BACK: 3,
    PlanState.SUPERSEDED: 4,
}


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a plan would change against the present one, and whether somebody else would be paid."""

    changes: list[Change]
    is_payee_change: bool


@dataclass(frozen=True, slots=True)
class _Draft:
    """A plan before it has a version."""

    values: PlanValues
    reason: str
    wish: PlanWish | None = None
    like: Plan | None = None


def plan_create(
    actor: Actor, node: Node, wish: PlanWish, *, reason: str = "", pins: Mapping[str, str] | None = None
) -> Plan:
    """Make and sign the next plan of a Node; it is queued. Raises InvalidError by field, ConflictError (pinned),
    ForbiddenError for a role that may not, or for a changed payee without admin and a fresh password.

    `pins`: what `live_pins` said. Inside a transaction ask before it begins: it would hold the database meanwhile.
    """
    return _create(actor, node, _Draft(values_of(wish), reason, wish=wish), pins)


def plan_preview(actor: Actor, node: Node, wish: PlanWish) -> PlanPreview:
    """Say what a plan would change, and make none. Raises InvalidError by field, ConflictError (pinned)."""
    require(actor, Role.OPERATOR, "make plans")
    values, pins, base = values_of(wish), live_pins(node), base_plan(node)
    check_pins(node, pins, base, values.public)
    _check_values(values.all, pins)
    before = base.values if base is not None else {}
    payees = payee_of(before), payee_of(values.public)
    return PlanPreview(plan_changes(before, values.public), payees[1] not in (payees[0], NOBODY))


def plan_apply(actor: Actor, node: Node, wish: PlanWish, *, reason: str = "") -> Plan:
    """Make the next plan and hand it to the Node. Raises as `plan_create`, and ConflictError (benchmark)."""
    refuse_plan_beside_benchmark(actor, node)
    return plan_deliver(actor, plan_create(actor, node, wish, reason=reason))


def plan_adjust(actor: Actor, node: Node, changes: Mapping[str, str], *, reason: str = "") -> Plan:
    """Hand over a plan that is the present one with other values for some keys; an empty text takes a key away."""
    refuse_plan_beside_benchmark(actor, node)
    return plan_deliver(actor, plan_save(actor, node, changes, reason=reason))


def plan_save(actor: Actor, node: Node, changes: Mapping[str, str], *, reason: str = "") -> Plan:
    """The same, but only made: a Node that runs is not told before the plan is delivered."""
    base = base_plan(node)
    public = dict(base.values) if base is not None else {}
    secret = _secrets_of(base)
    for key, text in changes.items():
        public.pop(key, None)
        secret.pop(key, None)
        if text:
            shown = public_text(key, text)
            public |= {key: shown} if shown else {}
            secret |= {key: text} if shown != text else {}
    draft = _Draft(PlanValues(public, secret), reason or ", ".join(changes), like=base)
    return _create(actor, node, draft)


def plan_rollback(actor: Actor, node: Node, version: int, *, reason: str = "") -> Plan:
    """Hand over a new plan with the values of an earlier one. Raises NotFoundError, and as `plan_create`."""
    earlier = Plan.objects.filter(node=node, version=version).first()
    if earlier is None:
        raise NotFoundError(f"{node} has no plan {version}", next_step="Choose one of its list of plans.")
    values = PlanValues(dict(earlier.values), _secrets_of(earlier))
    draft = _Draft(values, reason or f"back to plan {version}", like=earlier)
    refuse_plan_beside_benchmark(actor, node)
    return plan_deliver(actor, _create(actor, node, draft))


def plan_deliver(actor: Actor, plan: Plan) -> Plan:
    """Hand a queued plan to its Node; one that does not run gets it when it starts. Without an answer in time nobody
    knows whether it was taken, so it stays queued: its receipts count, and it may be handed over again. Raises
    ConflictError when the plan was delivered before, is not the newest, or would begin to mine beside a benchmark."""
    require(actor, Role.OPERATOR, "apply plans")
    refuse_plan_beside_benchmark(actor, plan.node)
    return _deliver(plan)


def _deliver(plan: Plan) -> Plan:
    newest = Plan.objects.filter(node=plan.node).order_by("-version").first()
    if plan.state != PlanState.QUEUED or (newest is not None and newest.version > plan.version):
        raise ConflictError(
            f"{plan} was {plan.get_state_display()} already, or is not the newest",
            next_step="Roll back to it instead: that makes a new plan with its values.",
            code="stale_version",
        )
    if plan.node.is_local:
        _hand_over(plan)
    else:
        _send(plan)
    plan.refresh_from_db()
    return plan


def _hand_over(plan: Plan) -> None:
    """To the miner of this computer."""
    fields = {"document": _text(bytes(plan.document)), "signature": _text(bytes.fromhex(plan.signature))}
    try:
        request(settings.MINERCONSOLE_HOME, "apply_plan", timeout_s=_DELIVER_S, **fields)
    except MinerConsoleError as error:
        _not_delivered(plan, error)
    else:
        _advance(plan, PlanState.DELIVERED, "", timezone.now())


def _send(plan: Plan) -> None:
    """To a machine of the fleet; its receipts come with its journal. A broker that is away gets it later. Raises
    ConflictError for a machine that is no member."""
    member_of(plan.node)
    try:
        plan_send(plan)
        reason = SENT
    except ConflictError as error:
        reason = f"not sent yet: {error.sentence}"[:400]
    Plan.objects.filter(pk=plan.pk, state=PlanState.QUEUED).update(state_reason=reason)


def _not_delivered(plan: Plan, error: MinerConsoleError) -> None:
    """Note why. Only a refusal ends the plan."""
    if isinstance(error, NotRunningError) or error.code == "no_answer":
        reason = _WAITS if isinstance(error, NotRunningError) else _NO_ANSWER
        Plan.objects.filter(pk=plan.pk, state=PlanState.QUEUED).update(state_reason=reason)
        return
    receipt_record(
        plan.node,
        version=plan.version,
        digest=plan.digest,
        state=PlanState.FAILED,
        reason=error.sentence,
        at=timezone.now(),
    )


def deliver_waiting(actor: Actor, node: Node) -> Plan | None:
    """Hand over the newest plan if it waits for the Node to run, whatever is measured there; None when none does."""
    require(actor, Role.OPERATOR, "apply plans")
    newest = Plan.objects.filter(node=node).order_by("-version").first()
    return _deliver(newest) if newest is not None and newest.state == PlanState.QUEUED else None


def receipt_record(node: Node, *, version: int, digest: str, state: str, reason: str, at: datetime) -> bool:
    """Note what a Node answered; False for a plan that is not this console's. Safe to call again for the same step."""
    plan = Plan.objects.filter(node=node, version=version, digest=digest).first()
    if plan is None or state not in PlanState.values:
        return False
    with transaction.atomic():
        _, is_new = Receipt.objects.get_or_create(plan=plan, state=state, at=at, defaults={"reason": reason[:400]})
        if is_new:
            _advance(plan, PlanState(state), reason, at)
            _tell_end(plan, PlanState(state), reason)
    return True


def give_up_unverified(node: Node, *, before: datetime) -> int:
    """The Node ended, and was started again at `before`: plans that it had not verified have failed, but none that was
    handed over since. Returns how many."""
    states = (PlanState.DELIVERED, PlanState.APPLIED)
    reason = "the miner ended before the plan was verified"
    return Plan.objects.filter(node=node, state__in=states, state_at__lt=before).update(
        state=PlanState.FAILED, state_reason=reason, state_at=timezone.now()
    )


def console_values(node: Node) -> dict[str, str]:
    """Return what the plan says that a Node starts with, with secrets: the console's part of its settings."""
    plan = start_plan(node)
    return {} if plan is None else dict(decode_document(bytes(plan.document)).values)


# --- making --------------------------------------------------------------------------------------------------------


def _create(actor: Actor, node: Node, draft: _Draft, pins: Mapping[str, str] | None = None) -> Plan:
    require(actor, Role.OPERATOR, "make plans")
    followed = _followed_version(node)
    pins = live_pins(node) if pins is None else pins
    check_pins(node, pins, base_plan(node), draft.values.public)
    _check_values(draft.values.all, pins)
    with transaction.atomic():
        locked = Node.objects.select_for_update().get(pk=node.pk)
        base, newest = base_plan(locked), locked.plans.order_by("-version").first()
        is_payee_change = _check_payee(actor, base, draft.values.public)
        version = max(followed, newest.version if newest is not None else 0) + 1
        data = encode_document(PlanDocument(locked.ulid, version, draft.values.all))
        plan = Plan.objects.create(
            node=locked,
            version=version,
            values=draft.values.public,
            document=data,
            digest=digest_of(data),
            signature=sign(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY), data).hex(),
            coin=_coin_of(draft),
            wallet=_wallet_of(draft),
            parent=base,
            reason=draft.reason[:200],
            created_by_id=actor.user_id,
            is_payee_change=is_payee_change,
        )
        _link_pools(plan, draft)
        Receipt.objects.create(plan=plan, state=PlanState.QUEUED, at=timezone.now())
        _supersede(plan)
        _tell_made(actor, plan, base)
    return plan


def _check_values(values: Mapping[str, str], pins: Mapping[str, str]) -> None:
    """Resolve the values as the Node will; what is wrong is told at its field."""
    try:
        resolve_console_values(values, machine=None, pins=tuple(pins))
    except ConfigurationError as error:
        key = next((name for name in _FIELDS if error.thing.startswith(name)), "")
        field = _FIELDS.get(key, "pools" if error.thing.startswith("POOL") else "")
        raise InvalidError({field: [error.sentence]}, code=error.code) from None


def _check_payee(actor: Actor, base: Plan | None, values: Mapping[str, str]) -> bool:
    before = payee_of(base.values) if base is not None else NOBODY
    after = payee_of(values)
    if after in (before, NOBODY):
        return False
    require(actor, Role.ADMIN, "change who is paid")
    if not actor.is_fresh:
        raise ConflictError(
            "This changes who is paid, and that needs your password again",
            next_step="Confirm it is you, then apply the plan again.",
            code="confirm",
        )
    return True


def _link_pools(plan: Plan, draft: _Draft) -> None:
    if draft.wish is not None:
        pools = [pool.pk for pool in draft.wish.pools] if not draft.wish.is_offline else []
    elif draft.like is not None and "OFFLINE" not in draft.values.public:
        pools = list(PlanPool.objects.filter(plan=draft.like).values_list("pool_id", flat=True))
    else:
        pools = []
    PlanPool.objects.bulk_create(
        [PlanPool(plan=plan, pool_id=pk, position=position) for position, pk in enumerate(pools, start=1)]
    )


def _coin_of(draft: _Draft) -> Coin | None:
    if draft.wish is not None or draft.like is None:
        return draft.wish.coin if draft.wish is not None else None
    ticker, same = draft.values.public.get("COIN", ""), draft.like.coin
    is_same = same is not None and ticker in ("", same.ticker)
    return same if is_same else Coin.objects.filter(ticker=ticker).first()


def _wallet_of(draft: _Draft) -> Wallet | None:
    """The row that is paid; None for an address that is kept nowhere."""
    address, payment_id = draft.values.public.get("WALLET", ""), draft.values.public.get("PAYMENT_ID", "")
    if draft.wish is not None:
        return draft.wish.wallet if address else None
    kept = Wallet.objects.filter(address=address, payment_id=payment_id)
    return kept.order_by("pk").first() if address else None


def _supersede(plan: Plan) -> None:
    """A plan that still waits will never be delivered: a newer one is there."""
    waiting = Plan.objects.filter(node=plan.node, state=PlanState.QUEUED).exclude(pk=plan.pk)
    waiting.update(state=PlanState.SUPERSEDED, state_reason=f"plan {plan.version} came", state_at=timezone.now())


def _tell_made(actor: Actor, plan: Plan, base: Plan | None) -> None:
    changes = plan_changes(base.values if base is not None else {}, plan.values)
    event_record(
        actor,
        kind="plan.made",
        sentence=f"plan {plan.version} for {plan.node}: {plan.reason or 'new settings'}",
        node=plan.node,
        target=plan,
        old={change.key: change.old for change in changes},
        new={change.key: change.new for change in changes},
    )
    if plan.is_payee_change:
        old, new = payee_of(base.values) if base is not None else NOBODY, payee_of(plan.values)
        event_record(
            actor,
            kind="payee.changed",
            level="warning",
            sentence=f"who is paid by {plan.node} was changed by {actor.name}",
            node=plan.node,
            target=plan,
            old=_payee_told(old, new),
            new=_payee_told(new, old),
        )


def _payee_told(payee: tuple[str, str, str], other: tuple[str, str, str]) -> dict[str, str]:
    """One side of a changed payee; a payment id is told where one of both has it."""
    coin, address, payment_id = payee
    return {"coin": coin, "address": address} | ({"payment_id": payment_id} if payment_id or other[2] else {})


# --- what came of it -----------------------------------------------------------------------------------------------


def _advance(plan: Plan, state: PlanState, reason: str, at: datetime) -> None:
    """Move the plan on; a step that comes late does not take it back."""
    earlier = [each for each, rank in _RANK.items() if rank < _RANK[state]]
    if state is PlanState.ROLLED_BACK:
        earlier += [PlanState.FAILED, PlanState.VERIFIED]
    Plan.objects.filter(pk=plan.pk, state__in=earlier).update(state=state, state_reason=reason[:400], state_at=at)
    if state is PlanState.VERIFIED:
        Node.objects.filter(pk=plan.node_id).update(followed_version=plan.version)


def _tell_end(plan: Plan, state: PlanState, reason: str) -> None:
    if state not in (PlanState.VERIFIED, PlanState.FAILED, PlanState.ROLLED_BACK):
        return
    because = f": {reason}" if reason else ""
    event_record(
        Actor(str(plan.node), Role.NOBODY, key=f"node:{plan.node.pk}"),
        kind=f"plan.{state.value}",
        level="info" if state is PlanState.VERIFIED else "error",
        sentence=f"plan {plan.version} {state.label}{because}",
        node=plan.node,
        target=plan,
    )


# --- small things --------------------------------------------------------------------------------------------------


def _secrets_of(plan: Plan | None) -> dict[str, str]:
    if plan is None:
        return {}
    values = decode_document(bytes(plan.document)).values
    return {key: text for key, text in values.items() if plan.values.get(key) != text}


def _followed_version(node: Node) -> int:
    """The plan that a Node followed, as it said itself: higher than ours when the database was lost. Raises
    ConflictError for a machine that is no member."""
    if node.is_local:
        return read_followed(settings.MINERCONSOLE_HOME).version
    return member_of(node).told_version


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")
