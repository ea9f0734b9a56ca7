"""Drift: what each node runs against what it should run. Constant numbers of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import OuterRef, Subquery

from mining.models import Node, Plan, PlanState, Rollout
from mining.selectors.node_groups import group_name_of
from mining.selectors.rollouts import wanted_plans
from mining.services.plan_changes import Change, plan_changes


class DriftKind(StrEnum):
    """From what must be looked at first to what is fine."""

    FAILED = "failed"
    OTHER = "other"
    GROUP = "group"
    WAITING = "waiting"
    OWN = "own"
    SAME = "same"

    @property
    def is_drift(self) -> bool:
        """Whether the node does not do what it should."""
        return self in (DriftKind.FAILED, DriftKind.OTHER, DriftKind.GROUP)


@dataclass(frozen=True, slots=True)
class Drift:
    """One node. `wanted` and `runs`: versions of plans, 0 for its own settings. `changes`: from what it should do after
    the last rollout of its group to what its plan says."""

    node: Node
    group: str
    kind: DriftKind
    sentence: str
    wanted: int = 0
    runs: int = 0
    changes: list[Change] = field(default_factory=list)


def drift_list(nodes: Iterable[Node], running: Mapping[str, int] | None = None) -> list[Drift]:
    """Return one for each of the nodes that `places_of_nodes` gave, worst first. `running`: the version of the newest
    Frame by ULID; without one the last that was verified counts."""
    rows = list(nodes)
    plans, newest, groups = wanted_plans(rows), _newest(rows), _group_values()
    found = [
        _drift(
            node, plans.get(node.pk), newest.get(node.pk), groups, (running or {}).get(node.ulid, node.followed_version)
        )
        for node in rows
    ]
    order = list(DriftKind)
    return sorted(found, key=lambda each: (order.index(each.kind), each.node.name, each.node.pk))


def _drift(
    node: Node, plan: Plan | None, newest: Plan | None, groups: Mapping[int, Mapping[str, str]], runs: int
) -> Drift:
    place = getattr(node, "group_place", None)
    values = groups.get(place.group_id) if place is not None else None
    group, wanted = group_name_of(node), plan.version if plan is not None else 0
    if newest is not None and newest.state in (PlanState.FAILED, PlanState.ROLLED_BACK) and newest.version > wanted:
        sentence = f"plan {newest.version} {newest.get_state_display()}: {newest.state_reason or 'no reason was given'}"
        return Drift(node, group, DriftKind.FAILED, sentence, wanted, runs)
    changes = plan_changes(values, plan.values if plan is not None else {}) if values is not None else []
    if changes:
        keys = ", ".join(change.key for change in changes[:4])
        return Drift(node, group, DriftKind.GROUP, f"differs from its group in {keys}", wanted, runs, changes)
    if plan is None:
        return Drift(node, group, DriftKind.OWN, "no plan: it follows its own settings", 0, runs)
    if plan.state != PlanState.VERIFIED:
        return Drift(node, group, DriftKind.WAITING, f"plan {wanted} is {plan.get_state_display()}", wanted, runs)
    if runs != wanted:
        what = f"plan {runs}" if runs else "its own settings"
        return Drift(node, group, DriftKind.OTHER, f"runs {what} instead of plan {wanted}", wanted, runs)
    return Drift(node, group, DriftKind.SAME, f"runs plan {wanted}", wanted, runs)


def _newest(nodes: list[Node]) -> dict[int, Plan]:
    """The newest plan of each node, whatever became of it. One query."""
    last = Plan.objects.filter(node=OuterRef("node")).order_by("-version").values("pk")[:1]
    rows = Plan.objects.filter(node__in=nodes, pk=Subquery(last)).defer("document", "values")
    return {row.node_id: row for row in rows}


def _group_values() -> dict[int, Mapping[str, str]]:
    """What the last rollout that was carried through says, by the number of the group. One query."""
    rows = Rollout.objects.filter(stage="done", group__isnull=False).order_by("created_at")
    return {number: values for number, values in rows.values_list("group_id", "values") if number is not None}
