"""Plans of a node: what it shall do, in versions; made, compared, handed over, rolled back."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.idempotency import Answer, once
from minerconsole.api.places import USUAL, Limit, Ulid, Version, node_at, told_as
from minerconsole.api.schemas.fields import MOST_VERSION
from minerconsole.api.schemas.plans import ChangeOut, PlanIn, PlanOut, PlansOut, PreviewOut, RollbackIn
from minerconsole.api.wishes import wish_of
from mining.models import Node, Plan
from mining.selectors import plans
from mining.services.beside_benchmark import refuse_plan_beside_benchmark
from mining.services.errors import NotFoundError
from mining.services.plan_changes import plan_changes
from mining.services.plans import plan_create, plan_deliver, plan_preview, plan_rollback

router = Router()
BeforeVersion = Annotated[int | None, Query(ge=1, le=MOST_VERSION, description="`before` of the page in front.")]
Against = Annotated[
    int | None, Query(ge=1, le=MOST_VERSION, description="The version it is compared with; else the one it came from.")
]


@router.get("/{ulid}/plans", response=PlansOut)
def plan_list(request: HttpRequest, ulid: Ulid, limit: Limit = USUAL, before: BeforeVersion = None) -> PlansOut:
    """List the plans of a node, newest first."""
    reader_of(request)
    rows = plans.plan_list(node_at(ulid))
    found = list((rows.filter(version__lt=before) if before is not None else rows)[: limit + 1])
    page = found[:limit]
    return PlansOut(plans=[PlanOut.of(row) for row in page], before=page[-1].version if len(found) > limit else None)


@router.post("/{ulid}/plans", response={202: PlanOut})
def plan_make(request: HttpRequest, ulid: Ulid, body: PlanIn) -> Status[PlanOut]:
    """Make the next plan, sign it and hand it to the node. Needs an operator; another payee an administrator who gave
    the password within ten minutes, so no token. Follow `watch` to see how far it got."""
    actor, node = reader_of(request), node_at(ulid)

    def carry_out() -> Answer:
        if body.is_delivered:
            refuse_plan_beside_benchmark(actor, node)
        with told_as(wallet="wallet_id", pools="pool_ids"):
            plan = plan_create(actor, node, wish_of(body), reason=body.reason)
        return _answer(plan_deliver(actor, plan) if body.is_delivered else plan)

    return Status(*once(request, carry_out))


@router.post("/{ulid}/plans/preview", response=PreviewOut)
def plan_look(request: HttpRequest, ulid: Ulid, body: PlanIn) -> PreviewOut:
    """Say what such a plan would change, and what each change costs; nothing is made. Needs an operator."""
    actor, node = reader_of(request), node_at(ulid)
    with told_as(wallet="wallet_id", pools="pool_ids"):
        preview = plan_preview(actor, node, wish_of(body))
    changes = [ChangeOut.of(each) for each in preview.changes]
    return PreviewOut(changes=changes, is_payee_change=preview.is_payee_change)


@router.get("/{ulid}/plans/{version}", response=PlanOut)
def plan_get(request: HttpRequest, ulid: Ulid, version: Version) -> PlanOut:
    """Show one plan with its receipts."""
    reader_of(request)
    return PlanOut.of(_found(node_at(ulid), version))


@router.get("/{ulid}/plans/{version}/diff", response=list[ChangeOut])
def plan_diff(request: HttpRequest, ulid: Ulid, version: Version, against: Against = None) -> list[ChangeOut]:
    """Show what a plan changed, and what each change costs while it is made."""
    reader_of(request)
    node = node_at(ulid)
    plan = _found(node, version)
    old = _found(node, against) if against is not None else plan.parent
    return [ChangeOut.of(each) for each in plan_changes(old.values if old is not None else {}, plan.values)]


@router.post("/{ulid}/plans/{version}/rollback", response={202: PlanOut})
def plan_back(request: HttpRequest, ulid: Ulid, version: Version, body: RollbackIn) -> Status[PlanOut]:
    """Hand over a new plan with the values of an earlier one. Needs an operator."""
    actor, node = reader_of(request), node_at(ulid)
    return Status(*once(request, lambda: _answer(plan_rollback(actor, node, version, reason=body.reason))))


@router.post("/{ulid}/plans/{version}/deliver", response={202: PlanOut})
def plan_send(request: HttpRequest, ulid: Ulid, version: Version) -> Status[PlanOut]:
    """Hand a plan that waits to its node. Needs an operator."""
    actor, node = reader_of(request), node_at(ulid)
    return Status(*once(request, lambda: _answer(plan_deliver(actor, _found(node, version)))))


def _found(node: Node, version: int) -> Plan:
    plan = plans.plan_get(node, version)
    if plan is None:
        raise NotFoundError(f"{node} has no plan {version}", next_step="See its list of plans.")
    return plan


def _answer(plan: Plan) -> Answer:
    return 202, PlanOut.of(plan).model_dump(mode="json")
