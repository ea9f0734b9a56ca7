"""Reads who belongs to the fleet and who may join. Constant numbers of queries."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from mining.models import JoinToken, NodeAccess


def join_token_list() -> QuerySet[JoinToken]:
    """Join tokens, newest first."""
    return JoinToken.objects.select_related("node", "created_by").order_by("-created_at", "-pk")


def join_tokens_open(now: datetime) -> Q:
    """Those with which a machine can still join."""
    return Q(used_at=None, revoked_at=None, expires_at__gt=now)


def member_list() -> QuerySet[NodeAccess]:
    """Machines that joined, also those that left, by name."""
    return NodeAccess.objects.select_related("node").order_by("node__name", "pk")
