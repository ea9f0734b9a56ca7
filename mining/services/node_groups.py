"""Groups and tags of nodes: made, renamed, removed; which node is in which. Operators do this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from mining.models import GroupMember, Node, NodeGroup, NodeTag
from mining.services.actors import Actor, Role, require
from mining.services.entries import Entries
from mining.services.errors import ConflictError
from mining.services.events import event_record
from mining.services.rows import change_record, locked, row_delete, row_save

MOST_TAGS = 20
_LONGEST_TAG = 32


@transaction.atomic
def group_create(actor: Actor, *, name: str, note: str = "", nodes: Iterable[Node] = ()) -> NodeGroup:
    """Make a group, with these nodes in it. Raises InvalidError, ConflictError (duplicate)."""
    require(actor, Role.OPERATOR, "make groups of nodes")
    row = NodeGroup(name=_name(name), note=_note(note))
    _check_free(row)
    row_save(actor, row)
    change_record(actor, "group.created", row, {}, {"name": row.name, "note": row.note}, what="group")
    _put(actor, row, list(nodes))
    return row


@transaction.atomic
def group_update(actor: Actor, group: NodeGroup, *, name: str | None = None, note: str | None = None) -> NodeGroup:
    """Change name or note. Raises InvalidError, ConflictError (duplicate), NotFoundError."""
    require(actor, Role.OPERATOR, "change groups of nodes")
    row = locked(group, "group")
    old = {"name": row.name, "note": row.note}
    row.name = row.name if name is None else _name(name)
    row.note = row.note if note is None else _note(note)
    _check_free(row)
    row_save(actor, row)
    change_record(actor, "group.changed", row, old, {"name": row.name, "note": row.note}, what="group")
    return row


@transaction.atomic
def group_delete(actor: Actor, group: NodeGroup) -> None:
    """Remove a group; its nodes stay, in no group. Raises ConflictError (in_use) while a rollout to it is under way."""
    require(actor, Role.OPERATOR, "remove groups of nodes")
    row = locked(group, "group")
    under_way = row.rollouts.filter(stage__in=("canary", "rest", "taking_back")).first()
    if under_way is not None:
        raise ConflictError(f"{under_way} is under way", next_step="Stop it first.", code="in_use")
    members = row.members.count()
    change_record(actor, "group.removed", row, {"name": row.name, "nodes": members}, {}, what="group")
    row_delete(actor, row)


@transaction.atomic
def group_fill(actor: Actor, group: NodeGroup, nodes: Iterable[Node]) -> NodeGroup:
    """Have exactly these nodes in the group; those of other groups leave them. Raises NotFoundError."""
    require(actor, Role.OPERATOR, "change groups of nodes")
    row, wanted = locked(group, "group"), list(nodes)
    row.members.exclude(node__in=wanted).delete()
    _put(actor, row, wanted)
    return row


@transaction.atomic
def node_group_set(actor: Actor, node: Node, group: NodeGroup | None) -> None:
    """Put one node into a group, or into none."""
    require(actor, Role.OPERATOR, "change groups of nodes")
    old = GroupMember.objects.filter(node=node).select_related("group").first()
    if (old.group if old is not None else None) == group:
        return
    if group is None:
        GroupMember.objects.filter(node=node).delete()
    else:
        GroupMember.objects.update_or_create(node=node, defaults={"group": group})
    was, new = old.group.name if old is not None else "", group.name if group is not None else ""
    where = f"into the group {new}" if new else f"out of the group {was}"
    event_record(
        actor, kind="node.group", sentence=f"{actor.name} put {node} {where}", node=node, target=node,
        old={"group": was}, new={"group": new},
    )  # fmt: skip


@transaction.atomic
def node_tags_set(actor: Actor, node: Node, tags: Sequence[str]) -> list[str]:
    """Have a node carry exactly these tags; new words are made, words that nobody carries go. Raises InvalidError."""
    require(actor, Role.OPERATOR, "tag nodes")
    wanted = _tags(tags)
    before = sorted(node.tags.values_list("name", flat=True))
    rows = [NodeTag.objects.get_or_create(name=name)[0] for name in wanted]
    node.tags.set(rows)
    NodeTag.objects.filter(nodes=None).delete()
    if before != wanted:
        event_record(
            actor, kind="node.tags", sentence=f"{actor.name} tagged {node}: {', '.join(wanted) or 'nothing'}",
            node=node, target=node, old={"tags": before}, new={"tags": wanted},
        )  # fmt: skip
    return wanted


def _put(actor: Actor, group: NodeGroup, nodes: list[Node]) -> None:
    present = set(group.members.values_list("node_id", flat=True))
    for node in nodes:
        if node.pk not in present:
            node_group_set(actor, node, group)


def _tags(words: Sequence[str]) -> list[str]:
    entries = Entries()
    clean = sorted({entries.name(word, most=_LONGEST_TAG, field="tags").lower() for word in words})
    if len(clean) > MOST_TAGS:
        entries.wrong("tags", f"These are {len(clean)} tags. Use at most {MOST_TAGS}.")
    if any("," in word for word in clean):
        entries.wrong("tags", "A tag has no comma.")
    entries.check("The node was not tagged")
    return clean


def _name(text: str) -> str:
    entries = Entries()
    clean = entries.name(text)
    entries.check("The group was not saved")
    return clean


def _note(text: str) -> str:
    entries = Entries()
    clean = entries.line(text, most=200, field="note")
    entries.check("The group was not saved")
    return clean


def _check_free(row: NodeGroup) -> None:
    if NodeGroup.objects.filter(name__iexact=row.name).exclude(pk=row.pk).exists():
        thing = f"There is a group {row.name!r} already"
        fields = {"name": [f"{thing}. Choose another name."]}
        raise ConflictError(thing, next_step="Choose another name.", code="duplicate", fields=fields)
