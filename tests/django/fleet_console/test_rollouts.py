"""Rollouts with rows: looked at, tried out, carried on, taken back; in whose name, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from mining.fleet.rollout import Limits
from mining.models import Event, MemberState, Node, NodeAccess, NodeGroup, Plan, Rollout, RolloutNode
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ConflictError, ForbiddenError, InvalidError
from mining.services.node_groups import group_create
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply
from mining.services.rollout_turns import rollouts_advance
from mining.services.rollouts import rollout_preview, rollout_start, rollout_stop
from tests.django.fleet_console.conftest import FarFleet
from tests.support.console import make_actor, make_pool, make_wallet

pytestmark = pytest.mark.django_db
HOLD_S = 30.0
LIMITS = Limits(hold_s=HOLD_S)
OFFLINE = PlanWish(is_offline=True, algorithm="scrypt")
QUIETER = PlanWish(is_offline=True, algorithm="scrypt", intensity=50)


def make_group(fleet: FarFleet, count: int) -> tuple[NodeGroup, list[Node]]:
    nodes = [fleet.join(f"node {number:02}") for number in range(1, count + 1)]
    return group_create(COMMAND_LINE, name="hall", nodes=nodes), nodes


def mining_wish() -> PlanWish:
    wallet = make_wallet()
    return PlanWish(coin=wallet.coin, wallet=wallet, pools=(make_pool(),))


def start(group: NodeGroup, wish: PlanWish = OFFLINE) -> Rollout:
    return rollout_start(COMMAND_LINE, group, wish, reason="quiet nights", limits=LIMITS)


def pass_time(seconds: float = HOLD_S) -> None:
    for row in RolloutNode.objects.all():
        RolloutNode.objects.filter(pk=row.pk).update(step_at=row.step_at - timedelta(seconds=seconds))


def steps(rollout: Rollout) -> dict[str, str]:
    return dict(rollout.nodes.values_list("node__name", "step"))


def first_of(rollout: Rollout) -> Node:
    return rollout.nodes.get(wave=0).node


def stage_of(rollout: Rollout) -> str:
    rollout.refresh_from_db()
    return rollout.stage


def test_it_is_tried_out_on_one_verified_held_and_then_given_to_the_rest(fleet: FarFleet) -> None:
    group, nodes = make_group(fleet, 4)
    rollout = start(group)
    assert fleet.plans == []
    assert rollouts_advance() == 1
    first = first_of(rollout)
    assert fleet.plans == [(first.name, 1)]
    assert rollouts_advance() == 0
    fleet.answer(first, "verified")
    rollouts_advance()
    assert (stage_of(rollout), len(fleet.plans)) == ("canary", 1)
    pass_time()
    rollouts_advance()
    assert stage_of(rollout) == "rest" and {name for name, _ in fleet.plans} == {node.name for node in nodes}
    for node in nodes:
        if node != first:
            fleet.answer(node, "verified")
    rollouts_advance()
    assert stage_of(rollout) == "done" and set(steps(rollout).values()) == {"verified"}
    kinds = list(Event.objects.filter(kind__startswith="rollout").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["rollout.started", "rollout.rest", "rollout.done"]
    assert rollouts_advance() == 0


def test_a_pool_that_refuses_stops_it_where_it_is_tried_out_and_the_rest_is_untouched(fleet: FarFleet) -> None:
    group, nodes = make_group(fleet, 3)
    rollout = start(group)
    rollouts_advance()
    first = first_of(rollout)
    fleet.answer(first, "delivered")
    fleet.answer(first, "rolled_back", "127.0.0.1:3333 refused the login: unknown wallet")
    rollouts_advance()
    assert stage_of(rollout) == "failed"
    assert rollout.stage_reason == f"{first.name}: 127.0.0.1:3333 refused the login: unknown wallet"
    row = rollout.nodes.get(node=first)
    assert (row.step, row.reason) == ("taken_back", "127.0.0.1:3333 refused the login: unknown wallet")
    others = [node for node in nodes if node != first]
    assert [steps(rollout)[node.name] for node in others] == ["untouched"] * 2
    assert not Plan.objects.filter(node__in=others).exists() and fleet.orders == []
    event = Event.objects.get(kind="rollout.failed")
    assert event.level == "error" and "unknown wallet" in event.sentence
    pass_time(10_000)
    assert rollouts_advance() == 0


def test_the_first_ones_that_held_are_given_back_the_plan_from_before(fleet: FarFleet) -> None:
    group, nodes = make_group(fleet, 20)
    for node in nodes:
        plan_apply(COMMAND_LINE, node, OFFLINE)
        fleet.answer(node, "verified")
    fleet.plans.clear()
    rollout = start(group, QUIETER)
    rollouts_advance()
    first, second = (row.node for row in rollout.nodes.filter(wave=0))
    fleet.answer(first, "verified")
    fleet.answer(second, "failed", "no memory")
    rollouts_advance()
    assert stage_of(rollout) == "failed"
    assert fleet.versions(first) == [2, 3] and fleet.versions(second) == [2, 3] and len(fleet.plans) == 4
    back = Plan.objects.get(node=first, version=3)
    assert back.values == Plan.objects.get(node=first, version=1).values
    assert f"taken back, {second.name}: no memory" in back.reason
    assert {steps(rollout)[node.name] for node in (first, second)} == {"taken_back"}


def test_a_first_one_that_had_no_plan_is_stopped(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 2)
    rollout = start(group)
    rollouts_advance()
    first = first_of(rollout)
    fleet.answer(first, "failed", "no memory")
    rollouts_advance()
    assert fleet.orders == [(first.name, "stop")] and stage_of(rollout) == "failed"


def test_a_person_stops_it_and_takes_back_what_was_tried_out(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 2)
    rollout = start(group)
    rollouts_advance()
    first = first_of(rollout)
    fleet.answer(first, "verified")
    rollout_stop(COMMAND_LINE, rollout, is_taken_back=True)
    rollouts_advance()
    assert stage_of(rollout) == "failed" and "stopped by the command line" in rollout.stage_reason
    assert fleet.orders == [(first.name, "stop")] and len(fleet.plans) == 1
    with pytest.raises(ConflictError, match="is over"):
        rollout_stop(COMMAND_LINE, rollout)


def test_a_person_stops_it_and_leaves_what_was_sent(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 2)
    rollout = start(group)
    rollouts_advance()
    rollout_stop(COMMAND_LINE, rollout)
    assert rollouts_advance() == 0 and stage_of(rollout) == "stopped" and fleet.orders == []


def test_the_preview_names_what_changes_on_each_node_and_makes_nothing(fleet: FarFleet) -> None:
    group, nodes = make_group(fleet, 3)
    plan_apply(COMMAND_LINE, nodes[1], OFFLINE)
    Node.objects.filter(pk=nodes[2].pk).update(pins={"INTENSITY": "command line"})
    preview = rollout_preview(COMMAND_LINE, group, QUIETER)
    by_name = {each.node.name: each for each in preview.nodes}
    assert [change.key for change in by_name["node 02"].changes] == ["INTENSITY"]
    assert {change.key for change in by_name["node 01"].changes} >= {"ALGORITHM", "INTENSITY", "OFFLINE"}
    assert "INTENSITY is pinned" in by_name["node 03"].refusal and not preview.is_payee_change
    assert sum(each.wave == 0 for each in preview.nodes if not each.refusal) == 1
    assert not Rollout.objects.exists()


def test_the_preview_takes_the_same_number_of_queries_for_any_number_of_nodes(
    fleet: FarFleet, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for size in (2, 12):
        nodes = [fleet.join(f"{size}-{number}") for number in range(size)]
        group = group_create(COMMAND_LINE, name=f"group {size}", nodes=nodes)
        with CaptureQueriesContext(connection) as asked:
            rollout_preview(COMMAND_LINE, group, OFFLINE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_nodes_that_cannot_take_it_are_left_out_with_their_reason(fleet: FarFleet) -> None:
    group, nodes = make_group(fleet, 3)
    NodeAccess.objects.filter(node=nodes[0]).update(state=MemberState.CLONED, state_reason="on a and b")
    rollout = start(group)
    row = rollout.nodes.get(node=nodes[0])
    assert (row.step, row.reason) == ("untouched", "two machines use its identity at once (on a and b)")


def test_it_is_not_started_when_nobody_is_there_to_try_it_out(fleet: FarFleet) -> None:
    away = [fleet.join("away", is_present=False)]
    group = group_create(COMMAND_LINE, name="far", nodes=away)
    with pytest.raises(ConflictError, match="is there now") as refused:
        start(group)
    assert refused.value.code == "nobody_present"
    with pytest.raises(ConflictError, match="no node in the group"):
        start(group_create(COMMAND_LINE, name="empty"))


def test_one_at_a_time_is_under_way_for_a_group(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 2)
    start(group)
    with pytest.raises(ConflictError, match="is under way") as refused:
        start(group)
    assert refused.value.code == "under_way"


def test_another_payee_needs_an_administrator_and_the_password_and_is_done_in_that_name(fleet: FarFleet) -> None:
    group, _nodes = make_group(fleet, 2)
    wish = mining_wish()
    with pytest.raises(ForbiddenError, match="change who is paid"):
        rollout_start(make_actor(Role.OPERATOR, is_fresh=True), group, wish)
    with pytest.raises(ConflictError) as refused:
        rollout_start(make_actor(Role.ADMIN), group, wish)
    assert refused.value.code == "confirm" and not Rollout.objects.exists()
    actor = make_actor(Role.ADMIN, is_fresh=True)
    rollout = rollout_start(actor, group, wish)
    rollouts_advance()
    plan = Plan.objects.get(node=first_of(rollout))
    assert plan.created_by_id == actor.user_id and plan.is_payee_change


def test_a_wallet_that_changes_meanwhile_ends_it(fleet: FarFleet) -> None:
    group, _nodes = make_group(fleet, 2)
    wish = mining_wish()
    rollout = rollout_start(COMMAND_LINE, group, wish, limits=LIMITS)
    rollouts_advance()
    fleet.answer(first_of(rollout), "verified")
    rollouts_advance()
    assert wish.wallet is not None
    type(wish.wallet).objects.filter(pk=wish.wallet.pk).update(address="8" * 95)
    pass_time()
    rollouts_advance()
    assert stage_of(rollout) == "failed" and "changed meanwhile" in rollout.stage_reason
    assert len(fleet.plans) == 1


def test_who_lost_the_role_meanwhile_sends_nothing_more(fleet: FarFleet) -> None:
    from django.contrib.auth import get_user_model

    group, _ = make_group(fleet, 2)
    actor = make_actor(Role.OPERATOR)
    rollout = rollout_start(actor, group, OFFLINE)
    get_user_model().objects.get(username=actor.name).groups.clear()
    rollouts_advance()
    assert stage_of(rollout) == "failed" and "may not" in rollout.stage_reason and fleet.plans == []
    again = rollout_start(make_actor(Role.OPERATOR), group, OFFLINE)
    get_user_model().objects.filter(username=again.actor_name).delete()
    rollouts_advance()
    assert stage_of(again) == "failed" and "no user any more" in again.stage_reason


def test_values_that_no_node_can_take_are_refused_by_field(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 1)
    with pytest.raises(InvalidError) as refused:
        start(group, PlanWish(is_offline=False))
    assert "coin" in refused.value.fields
    with pytest.raises(ForbiddenError):
        rollout_preview(make_actor(Role.VIEWER), group, OFFLINE)


def test_two_workers_do_not_carry_the_same_rollout_on(fleet: FarFleet) -> None:
    group, _ = make_group(fleet, 2)
    rollout = start(group)
    Rollout.objects.filter(pk=rollout.pk).update(busy_until=timezone.now() + timedelta(minutes=1))
    assert rollouts_advance() == 0 and fleet.plans == []
    Rollout.objects.filter(pk=rollout.pk).update(busy_until=timezone.now() - timedelta(seconds=1))
    assert rollouts_advance() == 1 and len(fleet.plans) == 1
