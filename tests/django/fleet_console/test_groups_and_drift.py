"""Groups, tags, and what nodes run against what they should."""

from __future__ import annotations

import pytest

from mining.models import Event, Node, NodeGroup, NodeTag, Plan
from mining.selectors.drift import DriftKind, drift_list
from mining.selectors.node_groups import group_get, group_list, group_name_of, nodes_of, places_of_nodes, tag_list
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from mining.services.node_groups import (
    group_create,
    group_delete,
    group_fill,
    group_update,
    node_group_set,
    node_tags_set,
)
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply
from mining.services.rollout_turns import rollouts_advance
from mining.services.rollouts import LIMITS, rollout_start
from tests.django.fleet_console.conftest import FarFleet
from tests.support.console import make_actor, make_node

pytestmark = pytest.mark.django_db
OFFLINE = PlanWish(is_offline=True, algorithm="scrypt")


def test_a_node_is_in_one_group_and_moves_when_it_is_put_into_another() -> None:
    one, other = make_node("one"), make_node("other")
    hall = group_create(COMMAND_LINE, name="hall", note="left door", nodes=[one, other])
    cellar = group_create(COMMAND_LINE, name="cellar", nodes=[one])
    assert [node.name for node in nodes_of(hall)] == ["other"]
    assert [(group.name, group.size) for group in group_list()] == [("cellar", 1), ("hall", 1)]  # type: ignore[attr-defined]
    group_fill(COMMAND_LINE, cellar, [other])
    assert not nodes_of(hall) and [node.name for node in nodes_of(cellar)] == ["other"]
    node_group_set(COMMAND_LINE, other, None)
    assert not nodes_of(cellar)
    moved = Event.objects.filter(kind="node.group", node=one).order_by("pk")
    assert [event.new["group"] for event in moved] == ["hall", "cellar"]


def test_names_of_groups_are_unique_in_any_case() -> None:
    group = group_create(COMMAND_LINE, name="Hall")
    with pytest.raises(ConflictError) as refused:
        group_create(COMMAND_LINE, name="hall")
    assert refused.value.code == "duplicate"
    assert group_update(COMMAND_LINE, group, name="hall", note="x").name == "hall"
    with pytest.raises(InvalidError, match="Enter a name"):
        group_update(COMMAND_LINE, group, name=" ")
    with pytest.raises(NotFoundError, match="Did you mean 'hall'"):
        group_get("hal")


def test_a_group_that_goes_leaves_its_nodes_and_one_under_way_stays(fleet: FarFleet) -> None:
    node = fleet.join("a")
    group = group_create(COMMAND_LINE, name="hall", nodes=[node])
    rollout = rollout_start(COMMAND_LINE, group, OFFLINE)
    with pytest.raises(ConflictError, match="is under way"):
        group_delete(COMMAND_LINE, group)
    type(rollout).objects.update(stage="stopped")
    group_delete(COMMAND_LINE, group)
    assert Node.objects.filter(pk=node.pk).exists() and not NodeGroup.objects.exists()
    rollout.refresh_from_db()
    assert (rollout.group, rollout.group_name) == (None, "hall")


def test_tags_are_words_in_lower_case_that_go_with_their_last_node() -> None:
    node, other = make_node(), make_node()
    assert node_tags_set(COMMAND_LINE, node, ["EPYC", "rack 3", "epyc"]) == ["epyc", "rack 3"]
    node_tags_set(COMMAND_LINE, other, ["epyc"])
    assert [(tag.name, tag.size) for tag in tag_list()] == [("epyc", 2), ("rack 3", 1)]  # type: ignore[attr-defined]
    node_tags_set(COMMAND_LINE, node, [])
    assert list(NodeTag.objects.values_list("name", flat=True)) == ["epyc"]
    for words in (["x" * 33], [""], ["a,b"], [f"t{number}" for number in range(21)]):
        with pytest.raises(InvalidError):
            node_tags_set(COMMAND_LINE, node, words)


@pytest.mark.parametrize("role", [Role.NOBODY, Role.VIEWER])
def test_only_operators_order_nodes(role: Role) -> None:
    actor, node, group = make_actor(role), make_node(), group_create(COMMAND_LINE, name="hall")
    calls = (
        lambda: group_create(actor, name="x"),
        lambda: group_update(actor, group, note="x"),
        lambda: group_fill(actor, group, []),
        lambda: group_delete(actor, group),
        lambda: node_group_set(actor, node, group),
        lambda: node_tags_set(actor, node, ["x"]),
    )
    for call in calls:
        with pytest.raises(ForbiddenError):
            call()


def test_groups_and_tags_of_all_nodes_are_read_in_two_queries(django_assert_num_queries: object) -> None:
    nodes = [make_node() for _ in range(3)]
    group_create(COMMAND_LINE, name="hall", nodes=nodes[:2])
    node_tags_set(COMMAND_LINE, nodes[0], ["a", "b"])
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = {node.pk: (group_name_of(node), [tag.name for tag in node.tags.all()]) for node in places_of_nodes()}
    assert found[nodes[0].pk] == ("hall", ["a", "b"]) and found[nodes[2].pk] == ("", [])


def test_drift_names_what_each_node_runs_and_should_run_worst_first(fleet: FarFleet) -> None:
    names = ("same", "waits", "failed", "other", "own")
    same, waits, failed, other, _own = (fleet.join(name) for name in names)
    for node in (same, waits, failed, other):
        plan_apply(COMMAND_LINE, node, OFFLINE)
    for node in (same, failed, other):
        fleet.answer(node, "verified")
    plan_apply(COMMAND_LINE, failed, PlanWish(is_offline=True, algorithm="rx/0"))
    fleet.answer(failed, "rolled_back", "no memory")
    found = {each.node.name: each for each in drift_list(places_of_nodes(), {other.ulid: 0})}
    assert list(found) == ["failed", "other", "waits", "own", "same"]
    assert {name: each.kind.is_drift for name, each in found.items()} == {
        "failed": True, "other": True, "waits": False, "own": False, "same": False,
    }  # fmt: skip
    assert found["failed"].sentence == "plan 2 rolled back: no memory"
    assert found["other"].sentence == "runs its own settings instead of plan 1"
    assert (found["same"].wanted, found["same"].runs) == (1, 1)


def test_a_node_that_differs_from_the_last_rollout_of_its_group_is_named_with_what_differs(fleet: FarFleet) -> None:
    nodes = [fleet.join("a"), fleet.join("b")]
    group = group_create(COMMAND_LINE, name="hall", nodes=nodes)
    rollout = rollout_start(COMMAND_LINE, group, OFFLINE, limits=type(LIMITS)(hold_s=0.0))
    for _ in range(3):
        rollouts_advance()
        for plan in Plan.objects.filter(state="queued"):
            fleet.answer(plan.node, "verified")
    rollouts_advance()
    rollout.refresh_from_db()
    assert rollout.stage == "done"
    assert {each.kind for each in drift_list(places_of_nodes())} == {DriftKind.SAME}
    plan_apply(COMMAND_LINE, nodes[0], PlanWish(is_offline=True, algorithm="scrypt", intensity=10))
    fleet.answer(nodes[0], "verified")
    new = fleet.join("c")
    node_group_set(COMMAND_LINE, new, group)
    found = {each.node.name: each for each in drift_list(places_of_nodes())}
    assert found["a"].kind is DriftKind.GROUP and found["a"].sentence == "differs from its group in INTENSITY"
    assert found["c"].kind is DriftKind.GROUP and found["b"].kind is DriftKind.SAME


def test_drift_of_many_nodes_takes_as_many_queries_as_of_one(fleet: FarFleet) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        for _ in range(3):
            plan_apply(COMMAND_LINE, fleet.join(f"n{Node.objects.count()}"), OFFLINE)
        with CaptureQueriesContext(connection) as asked:
            drift_list(places_of_nodes())
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6
