"""The orders that bring a miner to what is wanted, and none that fights a person at the node."""

from __future__ import annotations

from mining.fleet.steering import Order, Seen, orders_for, seen_of
from mining.fleet.wanted import SignedPlan, Wanted

PLAN = SignedPlan("ZG9j", "c2ln", 3, "d3")
IDLE, MINING = Seen("E1", "idle"), Seen("E1", "mining", 3, "d3", "verified")


def _ops(wanted: Wanted, seen: Seen, *, is_news: bool = True, refused: tuple[str, ...] = ()) -> list[str]:
    return [order.op for order in orders_for(wanted, seen, is_news=is_news, refused=refused)]


def test_a_node_without_a_plan_stays_idle() -> None:
    assert _ops(Wanted(), IDLE) == []


def test_a_plan_that_is_newer_is_applied_and_started() -> None:
    (order,) = orders_for(Wanted(plan=PLAN), IDLE, is_news=False)
    assert order == Order("apply_plan", {"document": "ZG9j", "signature": "c2ln", "start": True})


def test_a_plan_of_a_node_that_was_stopped_is_applied_and_not_started() -> None:
    (order,) = orders_for(Wanted(plan=PLAN, is_started=False), IDLE, is_news=True)
    assert order.op == "apply_plan" and order.fields["start"] is False


def test_a_plan_that_is_followed_or_was_refused_is_not_offered_again() -> None:
    assert _ops(Wanted(plan=PLAN), MINING) == []
    assert _ops(Wanted(plan=PLAN), IDLE, is_news=False, refused=("d3",)) == []


def test_a_node_that_follows_its_plan_goes_on_after_a_restart() -> None:
    assert _ops(Wanted(plan=PLAN), Seen("E2", "idle", 3, "d3", "verified")) == ["start_mining"]


def test_start_and_stop_are_ordered_when_a_command_came() -> None:
    stopped = Seen("E1", "idle", 3, "d3", "verified")
    assert _ops(Wanted(plan=PLAN, is_started=False), MINING) == ["stop_mining"]
    assert _ops(Wanted(plan=PLAN, is_started=True), stopped) == ["start_mining"]
    assert _ops(Wanted(is_started=True), IDLE) == ["start_mining"]
    assert _ops(Wanted(plan=PLAN, is_started=False), stopped) == []


def test_what_a_person_at_the_node_did_is_not_fought() -> None:
    stopped_there = Seen("E1", "idle", 3, "d3", "verified")
    assert _ops(Wanted(plan=PLAN, is_started=True), stopped_there, is_news=False) == []
    paused_there = Seen("E1", "paused", 3, "d3", "verified")
    assert _ops(Wanted(plan=PLAN, is_started=True), paused_there, is_news=False) == []


def test_pause_and_resume_are_ordered_and_the_owner_s_pause_counts_like_one() -> None:
    paused = Seen("E1", "paused", 3, "d3", "verified")
    assert _ops(Wanted(plan=PLAN, is_paused=True), MINING) == ["pause"]
    assert _ops(Wanted(plan=PLAN, is_paused_here=True), MINING) == ["pause"]
    assert _ops(Wanted(plan=PLAN), paused) == ["resume"]
    assert _ops(Wanted(plan=PLAN, is_paused=True), paused) == []


def test_a_paused_node_is_paused_before_a_plan_starts_it() -> None:
    assert _ops(Wanted(plan=PLAN, is_paused=True), IDLE) == ["pause", "apply_plan"]


def test_a_status_is_read_and_one_without_a_frame_waits() -> None:
    answer = {"frame": {"epoch": "E1", "state": "mining"}, "plan": {"version": 3, "digest": "d3", "state": "verified"}}
    assert seen_of(answer) == MINING
    assert seen_of({**answer, "frame": None}) is None


def test_a_plan_that_never_held_is_not_started_again_after_a_restart() -> None:
    assert _ops(Wanted(plan=PLAN), Seen("E2", "idle", 3, "d3", "failed")) == []
    assert _ops(Wanted(plan=PLAN, good=PLAN), Seen("E2", "idle", 3, "d3", "failed")) == ["start_mining"]
