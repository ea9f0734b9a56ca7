"""Orders to a node. Those that set a value make a plan, so that they can be seen and rolled back."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.idempotency import Answer, once
from minerconsole.api.places import Ulid, node_at
from minerconsole.api.schemas.nodes import AlgorithmIn, CoresIn, DoneOut, IntensityIn
from minerconsole.api.schemas.plans import PlanOut
from mining.services.control import node_order

router = Router()
_DONE = {"start": "started", "stop": "stopped", "pause": "paused", "resume": "resumed"}


@router.post("/{ulid}/start", response=DoneOut)
def node_start(request: HttpRequest, ulid: Ulid) -> Status[DoneOut]:
    """Start mining on a node that runs and is idle. Needs an operator."""
    return _give(request, ulid, "start")


@router.post("/{ulid}/stop", response=DoneOut)
def node_stop(request: HttpRequest, ulid: Ulid) -> Status[DoneOut]:
    """Stop mining: shares are submitted, workers and memory released; the node stays there. Needs an operator."""
    return _give(request, ulid, "stop")


@router.post("/{ulid}/pause", response=DoneOut)
def node_pause(request: HttpRequest, ulid: Ulid) -> Status[DoneOut]:
    """Rest, still logged in and with the memory kept. Needs an operator."""
    return _give(request, ulid, "pause")


@router.post("/{ulid}/resume", response=DoneOut)
def node_resume(request: HttpRequest, ulid: Ulid) -> Status[DoneOut]:
    """Go on after a pause. Needs an operator."""
    return _give(request, ulid, "resume")


@router.put("/{ulid}/intensity", response={202: PlanOut})
def node_intensity(request: HttpRequest, ulid: Ulid, body: IntensityIn) -> Status[PlanOut]:
    """Set the share of the cores' time, in percent. Needs an operator."""
    return _set(request, ulid, "intensity", body.value)


@router.put("/{ulid}/cores", response={202: PlanOut})
def node_cores(request: HttpRequest, ulid: Ulid, body: CoresIn) -> Status[PlanOut]:
    """Set the cores that hash. Needs an operator."""
    return _set(request, ulid, "cores", body.value)


@router.put("/{ulid}/algorithm", response={202: PlanOut})
def node_algorithm(request: HttpRequest, ulid: Ulid, body: AlgorithmIn) -> Status[PlanOut]:
    """Choose what is hashed offline; at a pool the coin gives it. Needs an operator."""
    return _set(request, ulid, "algorithm", body.value)


def _give(request: HttpRequest, ulid: str, order: str) -> Status[DoneOut]:
    actor, node = reader_of(request), node_at(ulid)

    def carry_out() -> Answer:
        node_order(actor, node, order)
        return 200, {"done": _DONE[order]}

    return Status(*once(request, carry_out))


def _set(request: HttpRequest, ulid: str, setting: str, value: str | int) -> Status[PlanOut]:
    actor, node = reader_of(request), node_at(ulid)

    def carry_out() -> Answer:
        plan = node_order(actor, node, setting, value)
        assert plan is not None  # settings make plans
        return 202, PlanOut.of(plan).model_dump(mode="json")

    return Status(*once(request, carry_out))
