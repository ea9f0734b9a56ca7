"""Reads sessions at job sources."""

from __future__ import annotations

from django.db.models import QuerySet

from mining.models import Node, PoolSession


def session_list(node: Node) -> QuerySet[PoolSession]:
    """Sessions of a Node, newest first. One query."""
    return PoolSession.objects.filter(node=node).order_by("-started_at", "-pk")
