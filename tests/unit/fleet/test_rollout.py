"""What a rollout does next: tried out on a few, then the rest; taken back when it does not hold, the rest untouched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.fleet.rollout import Limits, Member, Move, Order, Stage, Step, Turn, turn, waves_of

LIMITS = Limits(verify_s=100.0, hold_s=10.0)
WORDS = ("", "queued", "delivered", "applied", "verified", "failed", "rolled_back", "superseded")


def group(*steps: Step, canaries: int = 1) -> list[Member]:
    """Nodes 1, 2 …; the first ones try it out, each of the others is one wave later."""
    return [
        Member(key, f"node {key}", 0 if key <= canaries else key - canaries, step) for key, step in enumerate(steps, 1)
    ]


def moves_of(found: Turn) -> dict[int, Move]:
    return {move.key: move for move in found.moves}


def played(stage: Stage, members: list[Member], limits: Limits = LIMITS) -> tuple[Turn, list[Member]]:
    """One turn, and the group after it."""
    found = turn(stage, members, limits)
    moves = moves_of(found)
    after = [
        replace(each, step=moves[each.key].step, reason=moves[each.key].reason, since_s=0.0)
        if each.key in moves
        else each
        for each in members
    ]
    return found, after


@pytest.mark.parametrize(("nodes", "canaries"), [(1, 1), (2, 1), (9, 1), (10, 1), (11, 2), (25, 3), (1000, 100)])
def test_a_tenth_and_at_least_one_tries_it_out(nodes: int, canaries: int) -> None:
    waves = waves_of([(key, True) for key in range(nodes)], wave_size=50)
    assert sum(wave == 0 for wave in waves.values()) == canaries
    assert set(waves) == set(range(nodes))
    rest = [wave for wave in waves.values() if wave]
    assert all(rest.count(wave) <= 50 for wave in set(rest)) and set(rest) == set(range(1, max(rest, default=0) + 1))


def test_only_nodes_that_are_there_try_it_out() -> None:
    waves = waves_of([(key, key == 7) for key in range(100)])
    assert [key for key, wave in waves.items() if wave == 0] == [7]
    with pytest.raises(ValueError, match="no node is present"):
        waves_of([(1, False)])
    with pytest.raises(ValueError):
        waves_of([])


def test_the_first_ones_are_sent_it_and_nobody_else() -> None:
    found = turn(Stage.CANARY, group(Step.WAITING, Step.WAITING, Step.WAITING), LIMITS)
    assert found == Turn(Stage.CANARY, "", (Move(1, Step.SENT, "", Order.SEND),))


def test_the_rest_follows_when_the_first_ones_were_verified_and_held() -> None:
    members = group(Step.SENT, Step.WAITING)
    members[0] = replace(members[0], plan_state="verified")
    found, members = played(Stage.CANARY, members)
    assert (found.stage, members[0].step) == (Stage.CANARY, Step.VERIFIED)
    assert turn(Stage.CANARY, members, LIMITS) == Turn(Stage.CANARY, "")
    members[0] = replace(members[0], since_s=10.0)
    assert turn(Stage.CANARY, members, LIMITS).stage is Stage.REST
    assert moves_of(turn(Stage.REST, members, LIMITS)) == {2: Move(2, Step.SENT, "", Order.SEND)}


@pytest.mark.parametrize("state", ["failed", "rolled_back"])
def test_a_first_one_that_fails_takes_all_first_ones_back_and_leaves_the_rest_untouched(state: str) -> None:
    members = group(Step.SENT, Step.VERIFIED, Step.SENT, Step.WAITING, Step.WAITING, canaries=3)
    members[0] = replace(members[0], plan_state=state, reason="login refused by 127.0.0.1:3333")
    members[1] = replace(members[1], plan_state="verified")
    members[2] = replace(members[2], plan_state="delivered")
    found, after = played(Stage.CANARY, members)
    assert (found.stage, found.reason) == (Stage.FAILED, "node 1: login refused by 127.0.0.1:3333")
    orders = {key: move.order for key, move in moves_of(found).items()}
    by_itself = Order.NOTHING if state == "rolled_back" else Order.BACK
    assert orders == {1: by_itself, 2: Order.BACK, 3: Order.BACK, 4: Order.NOTHING, 5: Order.NOTHING}
    assert [each.step for each in after] == [Step.TAKEN_BACK] * 3 + [Step.UNTOUCHED] * 2
    assert [each.reason for each in after[:2]] == ["login refused by 127.0.0.1:3333", found.reason]


def test_a_first_one_that_fails_while_it_should_hold_counts() -> None:
    members = [replace(group(Step.VERIFIED)[0], plan_state="rolled_back", since_s=5.0)]
    assert turn(Stage.CANARY, members, LIMITS).stage is Stage.FAILED


def test_a_first_one_that_is_never_verified_has_failed_after_the_limit() -> None:
    members = [replace(each, plan_state="applied", since_s=100.0) for each in group(Step.SENT)]
    found = turn(Stage.CANARY, members, LIMITS)
    assert found.stage is Stage.FAILED and "not verified hashing within 100 s (applied)" in found.reason
    assert moves_of(found)[1].order is Order.BACK


def test_a_plan_of_somebody_else_ends_the_trial_and_is_not_taken_back() -> None:
    members = [replace(each, plan_state="superseded") for each in group(Step.SENT)]
    found = turn(Stage.CANARY, members, LIMITS)
    assert found.stage is Stage.FAILED and moves_of(found)[1] == Move(1, Step.FAILED, "another plan came meanwhile")


def test_what_could_not_be_sent_is_not_taken_back() -> None:
    members = [replace(group(Step.FAILED)[0], reason="COIN is pinned")]
    assert turn(Stage.CANARY, members, LIMITS) == Turn(Stage.FAILED, "node 1: COIN is pinned")


def test_one_wave_of_the_rest_begins_when_the_one_before_is_settled() -> None:
    members = group(Step.VERIFIED, Step.SENT, Step.WAITING)
    assert turn(Stage.REST, members, LIMITS) == Turn(Stage.REST, "")
    members[1] = replace(members[1], plan_state="verified")
    found, members = played(Stage.REST, members)
    assert [(move.key, move.order) for move in found.moves] == [(2, Order.NOTHING), (3, Order.SEND)]
    members[2] = replace(members[2], plan_state="verified")
    assert turn(Stage.REST, members, LIMITS).stage is Stage.DONE


def test_a_node_that_is_away_is_not_waited_for_and_counts_when_it_is_back() -> None:
    members = group(Step.VERIFIED, Step.SENT)
    members[1] = replace(members[1], plan_state="queued", is_present=False, since_s=30.0)
    found, members = played(Stage.REST, members)
    assert (found.stage, members[1].step) == (Stage.DONE, Step.AWAY)
    members[1] = replace(members[1], plan_state="verified")
    assert moves_of(turn(Stage.REST, [*members, Member(3, "c", 1, Step.SENT)], LIMITS))[2].step is Step.VERIFIED


def test_too_many_failures_among_the_rest_stop_it_when_what_was_sent_is_settled() -> None:
    members = group(Step.VERIFIED, Step.SENT, Step.SENT, Step.WAITING)
    members[1] = replace(members[1], plan_state="failed", reason="no memory")
    found, members = played(Stage.REST, members)
    assert (found.stage, found.reason) == (Stage.REST, "node 2: no memory")
    assert members[3].step is Step.UNTOUCHED
    members[2] = replace(members[2], plan_state="verified")
    found, members = played(Stage.REST, members)
    assert (found.stage, found.reason) == (Stage.FAILED, "node 2: no memory")
    assert [each.step for each in members] == [Step.VERIFIED, Step.FAILED, Step.VERIFIED, Step.UNTOUCHED]


def test_failures_within_the_limit_do_not_stop_the_rest() -> None:
    members = group(Step.VERIFIED, Step.FAILED, Step.WAITING)
    assert moves_of(turn(Stage.REST, members, replace(LIMITS, most_failed=1)))[3].order is Order.SEND


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.FAILED, Stage.STOPPED])
def test_nothing_more_happens_when_it_is_over(stage: Stage) -> None:
    assert turn(stage, group(Step.SENT, Step.WAITING), LIMITS) == Turn(stage, "")


MEMBERS = st.lists(
    st.builds(
        Member,
        key=st.just(0),
        name=st.just("n"),
        wave=st.integers(0, 3),
        step=st.sampled_from([Step.WAITING, Step.SENT, Step.VERIFIED]),
        plan_state=st.sampled_from(WORDS),
        since_s=st.floats(0, 200),
        is_present=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(MEMBERS)
def test_it_always_ends_and_never_touches_the_rest_before_the_first_ones_held(members: list[Member]) -> None:
    """Whatever the nodes answer: with time it is over, and a turn repeated after its own moves changes nothing."""
    now = [replace(each, key=place, step=Step.WAITING, plan_state="") for place, each in enumerate(members)]
    now[0] = replace(now[0], wave=0)
    stage = Stage.CANARY
    for _ in range(40):
        found, after = played(stage, now)
        if found.stage is not Stage.REST and stage is Stage.CANARY:
            assert all(move.order is Order.NOTHING for move in found.moves if now[move.key].wave)
        stage = found.stage
        if stage.is_over:
            break
        # Each node answers what it was made up to answer, and time passes.
        now = [
            replace(each, since_s=each.since_s + 60.0, plan_state=members[each.key].plan_state)
            if each.step is not Step.WAITING
            else each
            for each in after
        ]
    assert stage.is_over
    if stage is Stage.DONE:
        assert not any(each.step is Step.WAITING for each in after)
