"""Reads groups and tags of nodes."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from mining.models import Node, NodeGroup, NodeTag
from mining.selectors.finding import found_by_name
from mining.selectors.nodes import node_list


def group_list() -> QuerySet[NodeGroup]:
    """The groups by name, each with `size`, the number of its nodes. One query."""
    return NodeGroup.objects.annotate(size=Count("members")).order_by("name")


def group_get(name: str | int) -> NodeGroup:
    """The group of a name or number. Raises NotFoundError."""
    return found_by_name(group_list(), name, "group")


def nodes_of(group: NodeGroup) -> QuerySet[Node]:
    """The nodes of a group by name."""
    return node_list().filter(group_place__group=group).order_by("name", "pk")


def tag_list() -> QuerySet[NodeTag]:
    """The tags by name, each with `size`."""
    return NodeTag.objects.annotate(size=Count("nodes")).order_by("name")


def places_of_nodes() -> QuerySet[Node]:
    """All nodes with group and tags at hand. Two queries, however many there are."""
    return Node.objects.select_related("group_place__group", "access").prefetch_related("tags")


def group_name_of(node: Node) -> str:
    """The group of a node that `places_of_nodes` gave, "" for none."""
    place = getattr(node, "group_place", None)
    return place.group.name if place is not None else ""
