"""Reads nodes."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from mining.models import Node
from mining.selectors.finding import found_by_name
from mining.services.errors import NotFoundError


def node_list() -> QuerySet[Node]:
    """The nodes, this computer first, each with `latest_version` of its plans (None: it has none). One query."""
    return Node.objects.annotate(latest_version=Max("plans__version")).order_by("-is_local", "name", "pk")


def node_get(name: str) -> Node:
    """The node of a ULID or a name, in any case. Raises NotFoundError."""
    row = node_list().filter(ulid=name.strip().upper()).first() if name.isprintable() else None
    return row or found_by_name(node_list(), name, "node")


def node_here() -> Node:
    """The node of this computer. Raises NotFoundError when it has not registered itself yet."""
    row = node_list().filter(is_local=True).first()
    if row is None:
        raise NotFoundError("This computer is no node of the console yet", next_step="Start the console once.")
    return row
