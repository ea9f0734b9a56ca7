"""Reads plans. Constant numbers of queries."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from mining.models import Event, Node, Plan, PlanState

_BANNER = timedelta(hours=24)
PRESENT = (PlanState.VERIFIED, PlanState.APPLIED, PlanState.DELIVERED, PlanState.QUEUED)
"""States of a plan that is wanted and did not fail."""


def plan_list(node: Node) -> QuerySet[Plan]:
    """Plans of a Node, newest first, without their documents; pools and receipts come along."""
    return (
        Plan.objects.filter(node=node)
        .defer("document")
        .select_related("node", "coin", "wallet", "created_by")
        .prefetch_related("pools", "receipts")
        .order_by("-version")
    )


def plan_get(node: Node, version: int) -> Plan | None:
    """One plan, None when there is none of that version."""
    return plan_list(node).filter(version=version).first()


def plan_current(node: Node) -> Plan | None:
    """The plan that the Node verified last, None while it follows its own settings."""
    return plan_list(node).filter(state=PlanState.VERIFIED).first()


def base_plan(node: Node) -> Plan | None:
    """The plan that the next one starts from: the newest that is wanted and did not fail."""
    return Plan.objects.filter(node=node, state__in=PRESENT).order_by("-version").first()


def start_plan(node: Node) -> Plan | None:
    """The plan that a start follows: the one verified last, so that one that does not hold can be taken back; before
    there is one, the newest that waits."""
    for state in (PlanState.VERIFIED, PlanState.QUEUED):
        found = Plan.objects.filter(node=node, state=state).order_by("-version").first()
        if found is not None:
            return found
    return None


def payee_notice(node: Node) -> Event | None:
    """The last change of who is paid, for 24 hours."""
    since = timezone.now() - _BANNER
    return Event.objects.filter(node=node, kind="payee.changed", at__gte=since).order_by("-at").first()
