"""Groups and tags of nodes, and what nodes run against what they should."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.places import Number, Ulid, node_at
from minerconsole.api.schemas.groups import DriftOut, GroupChange, GroupIn, GroupNodesIn, GroupOut, TagsIn, TagsOut
from minerconsole.fleet.sights import sights_at
from mining.models import Node, NodeGroup
from mining.selectors import node_groups as groups
from mining.selectors.drift import drift_list
from mining.selectors.fleet_totals import running_plans
from mining.services.errors import InvalidError, NotFoundError
from mining.services.node_groups import group_create, group_delete, group_fill, group_update, node_tags_set

router = Router()
tags_router = Router()


@router.get("/groups", response=list[GroupOut])
def group_list(request: HttpRequest) -> list[GroupOut]:
    """List the groups by name."""
    reader_of(request)
    return [GroupOut.of(row, row.size) for row in groups.group_list()]  # type: ignore[attr-defined]  # annotated


@router.post("/groups", response={201: GroupOut})
def group_add(request: HttpRequest, body: GroupIn) -> Status[GroupOut]:
    """Make a group. Needs an operator."""
    row = group_create(reader_of(request), name=body.name, note=body.note)
    return Status(201, GroupOut.of(row, 0))


@router.get("/groups/{group_id}", response=GroupOut)
def group_get(request: HttpRequest, group_id: Number) -> GroupOut:
    """Show one group."""
    reader_of(request)
    return _shown(_found(group_id))


@router.patch("/groups/{group_id}", response=GroupOut)
def group_change(request: HttpRequest, group_id: Number, body: GroupChange) -> GroupOut:
    """Change name or note. Needs an operator."""
    actor = reader_of(request)
    return _shown(group_update(actor, _found(group_id), name=body.name, note=body.note))


@router.delete("/groups/{group_id}", response={204: None})
def group_remove(request: HttpRequest, group_id: Number) -> Status[None]:
    """Remove a group; its nodes stay. Needs an operator. 409 `in_use` while a rollout to it is under way."""
    actor = reader_of(request)
    group_delete(actor, _found(group_id))
    return Status(204, None)


@router.put("/groups/{group_id}/nodes", response=GroupOut)
def group_nodes(request: HttpRequest, group_id: Number, body: GroupNodesIn) -> GroupOut:
    """Say which nodes are in the group, all of them. Needs an operator."""
    actor, group = reader_of(request), _found(group_id)
    return _shown(group_fill(actor, group, _nodes(body.nodes)))


@router.get("/drift", response=list[DriftOut])
def fleet_drift(request: HttpRequest) -> list[DriftOut]:
    """Show of each node what it runs and what it should run, worst first."""
    reader_of(request)
    running = running_plans(sights_at(request))
    return [DriftOut.of(each) for each in drift_list(groups.places_of_nodes(), running)]


@tags_router.put("/{ulid}/tags", response=TagsOut)
def node_tags(request: HttpRequest, ulid: Ulid, body: TagsIn) -> TagsOut:
    """Say which tags a node carries, all of them. Needs an operator."""
    actor = reader_of(request)
    return TagsOut(tags=node_tags_set(actor, node_at(ulid), body.tags))


def _found(number: int) -> NodeGroup:
    row = groups.group_list().filter(pk=number).first()
    if row is None:
        raise NotFoundError(f"There is no group {number}", next_step="See the list of groups.")
    return row


def _shown(group: NodeGroup) -> GroupOut:
    return GroupOut.of(group, group.members.count())


def _nodes(ulids: Iterable[str]) -> list[Node]:
    wanted = list(dict.fromkeys(ulids))
    rows = {row.ulid: row for row in Node.objects.filter(ulid__in=wanted)}
    strange = next((ulid for ulid in wanted if ulid not in rows), None)
    if strange is not None:
        raise InvalidError({"nodes": [f"There is no node {strange}. See the list of nodes."]})
    return [rows[ulid] for ulid in wanted]
