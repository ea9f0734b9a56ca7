"""Rollouts: a plan for all nodes of a group, looked at, tried out, followed, stopped."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.idempotency import Answer, once
from minerconsole.api.places import USUAL, Limit, Number, told_as
from minerconsole.api.schemas.rollouts import RolloutIn, RolloutOut, RolloutPreviewOut, RolloutStopIn
from minerconsole.api.wishes import wish_of
from mining.fleet.rollout import Limits
from mining.models import NodeGroup
from mining.selectors import rollouts
from mining.services.errors import InvalidError
from mining.services.rollouts import rollout_preview, rollout_start
from mining.services.rollouts import rollout_stop as stop

router = Router()


@router.get("/rollouts", response=list[RolloutOut])
def rollout_list(request: HttpRequest, limit: Limit = USUAL) -> list[RolloutOut]:
    """List the rollouts, newest first, without their nodes."""
    reader_of(request)
    return [RolloutOut.of(row, []) for row in rollouts.rollout_list()[:limit]]


@router.post("/rollouts", response={202: RolloutOut})
def rollout_add(request: HttpRequest, body: RolloutIn) -> Status[RolloutOut]:
    """Start a rollout. Needs an operator; another payee an administrator who gave the password just now, so no token.
    Follow it until `stage` is done, failed or stopped."""
    actor = reader_of(request)

    def carry_out() -> Answer:
        limits = Limits(body.verify_s, body.hold_s, body.most_failed)
        with told_as(wallet="wallet_id", pools="pool_ids"):
            row = rollout_start(
                actor, _group(body.group_id), wish_of(body), reason=body.reason, canary_percent=body.canary_percent,
                limits=limits,
            )  # fmt: skip
        return 202, _shown(row.pk).model_dump(mode="json")

    return Status(*once(request, carry_out))


@router.post("/rollouts/preview", response=RolloutPreviewOut)
def rollout_look(request: HttpRequest, body: RolloutIn) -> RolloutPreviewOut:
    """Say what would change on each node, and who would try it out; nothing is made. Needs an operator."""
    actor = reader_of(request)
    with told_as(wallet="wallet_id", pools="pool_ids"):
        preview = rollout_preview(actor, _group(body.group_id), wish_of(body), canary_percent=body.canary_percent)
    return RolloutPreviewOut.of(preview)


@router.get("/rollouts/{rollout_id}", response=RolloutOut)
def rollout_get(request: HttpRequest, rollout_id: Number) -> RolloutOut:
    """Show one rollout with its nodes, those that try it out first."""
    reader_of(request)
    return _shown(rollout_id)


@router.post("/rollouts/{rollout_id}/stop", response=RolloutOut)
def rollout_stop(request: HttpRequest, rollout_id: Number, body: RolloutStopIn) -> RolloutOut:
    """Send it to nobody else. Needs an operator. 409 `over` when it is over."""
    actor = reader_of(request)
    stop(actor, rollouts.rollout_get(rollout_id), is_taken_back=body.is_taken_back)
    return _shown(rollout_id)


def _shown(number: int) -> RolloutOut:
    row = rollouts.rollout_get(number)
    return RolloutOut.of(row, list(rollouts.rollout_nodes(row)))


def _group(number: int) -> NodeGroup:
    row = NodeGroup.objects.filter(pk=number).first()
    if row is None:
        raise InvalidError({"group_id": [f"There is no group {number}. See the list of groups."]})
    return row
