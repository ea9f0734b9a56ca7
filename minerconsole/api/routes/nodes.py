"""Nodes: the machines, how they are now, and what limits them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from minerconsole.api.access import reader_of
from minerconsole.api.places import Ulid, node_at
from minerconsole.api.schemas.nodes import DoctorOut, NodeChange, NodeOut, StatusOut
from minerconsole.live.hubs import hubs_at
from mining.fleet.presence import Presence, presence_of
from mining.models import Node
from mining.selectors import nodes
from mining.selectors.doctor import KEPT_S, doctor_report
from mining.services.errors import ConflictError
from mining.services.node_status import node_status as status_of
from mining.services.nodes import node_rename

router = Router()
MostAge = Annotated[float, Query(ge=1, le=KEPT_S, description="How old the report may be, in seconds.")]


@router.get("", response=list[NodeOut])
def node_list(request: HttpRequest) -> list[NodeOut]:
    """List the nodes, this computer first."""
    reader_of(request)
    return [NodeOut.of(row) for row in nodes.node_list()]


@router.get("/{ulid}", response=NodeOut)
def node_get(request: HttpRequest, ulid: Ulid) -> NodeOut:
    """Show one node."""
    reader_of(request)
    return NodeOut.of(node_at(ulid))


@router.patch("/{ulid}", response=NodeOut)
def node_change(request: HttpRequest, ulid: Ulid, body: NodeChange) -> NodeOut:
    """Call a node something else. Needs an operator."""
    actor = reader_of(request)
    return NodeOut.of(node_rename(actor, node_at(ulid), name=body.name))


@router.get("/{ulid}/status", response=StatusOut)
def node_status(request: HttpRequest, ulid: Ulid) -> StatusOut:
    """Ask a node how it is now. One that does not run is an answer too."""
    reader_of(request)
    return StatusOut.of(status_of(node_at(ulid)))


@router.get("/{ulid}/frame", response=dict[str, Any])
def node_frame(request: HttpRequest, ulid: Ulid) -> dict[str, Any]:
    """Show the newest Frame (Frame v1, docs/PROTOCOLS.md). 409 while the node does not run or has sent none."""
    reader_of(request)
    node = node_at(ulid)
    if not node.is_local:
        return _frame_from_far(request, node)
    status = StatusOut.of(status_of(node))
    if status.frame is None:
        code = "no_frame" if status.is_running else "not_running"
        raise ConflictError(status.sentence, next_step="Ask again when it runs.", code=code)
    return status.frame


@router.get("/{ulid}/doctor", response=DoctorOut)
def node_doctor(request: HttpRequest, ulid: Ulid, max_age_s: MostAge = KEPT_S) -> dict[str, Any]:
    """Show what limits the hash rate of a node and the one command that mends it. An older report is made anew."""
    reader_of(request)
    return doctor_report(node_at(ulid), max_age_s=max_age_s)


def _frame_from_far(request: HttpRequest, node: Node) -> dict[str, Any]:
    hubs = hubs_at(request)
    feed = hubs.feed_of(node.ulid) if hubs is not None else None
    snapshot = feed.newest() if feed is not None else None
    if snapshot is None or presence_of(snapshot.age_s) is Presence.OFFLINE:
        raise ConflictError(
            f"{node} has sent no Frame to this console for a minute",
            next_step="Ask again when it runs.",
            code="no_frame",
        )
    frame: dict[str, Any] = msgspec.to_builtins(snapshot.frame)
    return frame
