"""Reads rollouts, and what they need to know of many nodes at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from mining.fleet.presence import STALE_S
from mining.models import MemberState, Node, NodeGroup, Plan, Rollout, RolloutNode, RolloutStage
from mining.selectors.plans import PRESENT
from mining.services.errors import NotFoundError

UNDER_WAY = (RolloutStage.CANARY, RolloutStage.REST, RolloutStage.TAKING_BACK)


def rollout_list() -> QuerySet[Rollout]:
    """Rollouts, newest first, each with `size` and `verified`, numbers of nodes."""
    verified = Count("nodes", filter=Q(nodes__step="verified"))
    return Rollout.objects.select_related("group").annotate(size=Count("nodes"), verified=verified)


def rollout_get(number: int) -> Rollout:
    """One rollout. Raises NotFoundError."""
    found = rollout_list().filter(pk=number).first()
    if found is None:
        raise NotFoundError(f"There is no rollout {number}", next_step="See the list of rollouts.")
    return found


def rollout_under_way(group: NodeGroup) -> Rollout | None:
    """The rollout of a group that is not over."""
    return Rollout.objects.filter(group=group, stage__in=UNDER_WAY).first()


def rollout_nodes(rollout: Rollout) -> QuerySet[RolloutNode]:
    """Its nodes, those that try it out first. One query."""
    return rollout.nodes.select_related("node", "node__access", "plan").order_by("wave", "node__name", "pk")


def wanted_plans(nodes: Iterable[Node]) -> dict[int, Plan]:
    """The plan that each node should follow (as `base_plan`), by the node's number; without those of no plan. One
    query. Their documents are not loaded."""
    newest = Plan.objects.filter(node=OuterRef("node"), state__in=PRESENT).order_by("-version").values("pk")[:1]
    rows = Plan.objects.filter(node__in=list(nodes), pk=Subquery(newest)).defer("document")
    return {row.node_id: row for row in rows}


def verified_versions(nodes: Iterable[Node]) -> dict[int, int]:
    """The newest plan that each node verified, by the node's number. One query."""
    found = Plan.objects.filter(node__in=list(nodes), state="verified").order_by("version")
    return dict(found.values_list("node_id", "version"))


def is_heard(node: Node, now: datetime | None = None) -> bool:
    """Whether the console heard a node lately: its Frames, or the beats of its worker. For nodes with `access`."""
    since = (now or timezone.now()) - timedelta(seconds=STALE_S)
    access = getattr(node, "access", None)
    heard = [node.last_frame_at, access.heard_at if access is not None else None]
    return any(at is not None and at >= since for at in heard)


def not_reached(node: Node) -> str:
    """Why a node gets no plan, "" when it does. For nodes with `access`."""
    if node.is_local:
        return ""
    access = getattr(node, "access", None)
    if access is None:
        return "it has not joined this console's fleet"
    if access.state == MemberState.MEMBER:
        return ""
    what = "it left the fleet" if access.state == MemberState.LEFT else "two machines use its identity at once"
    return f"{what} ({access.state_reason})" if access.state_reason else what
