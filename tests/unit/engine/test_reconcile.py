"""reconcile_slot: what is done for one core in each situation; asking again without news changes nothing."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mining.engine.reconcile import (
    SILENCE_S,
    TERM_GRACE_S,
    Action,
    AskExit,
    Signal,
    SlotView,
    StartWorker,
    reconcile_slot,
    restart_delay_s,
)

HASHING = SlotView(
    slot=3, is_wanted=True, is_ready=True, is_alive=True, start_at=0.0, silent_s=0.1, asked_to_end_s=None
)
GONE = replace(HASHING, is_alive=False)
TERM, KILL = Signal(3, signal.SIGTERM), Signal(3, signal.SIGKILL)
VIEWS = st.builds(
    SlotView,
    slot=st.integers(0, 1023),
    is_wanted=st.booleans(),
    is_ready=st.booleans(),
    is_alive=st.booleans(),
    start_at=st.floats(0, 200),
    silent_s=st.floats(-1, 60),
    asked_to_end_s=st.none() | st.floats(0, 10),
    was_termed=st.booleans(),
)


@pytest.mark.parametrize(
    ("view", "action"),
    [
        (HASHING, None),
        (GONE, StartWorker(3)),
        (replace(GONE, is_wanted=False), None),
        (replace(GONE, is_ready=False), None),
        (replace(GONE, start_at=100.5), None),
        (replace(GONE, start_at=100.0), StartWorker(3)),
        (replace(HASHING, is_ready=False), None),
        (replace(HASHING, is_wanted=False), AskExit(3)),
        (replace(HASHING, is_wanted=False, asked_to_end_s=1.0), None),
        (replace(HASHING, is_wanted=False, asked_to_end_s=TERM_GRACE_S + 0.1), TERM),
        (replace(HASHING, silent_s=SILENCE_S), None),
        (replace(HASHING, silent_s=SILENCE_S + 0.1), TERM),
        (replace(HASHING, silent_s=60.0, asked_to_end_s=0.1, was_termed=True), None),
        (replace(HASHING, silent_s=60.0, asked_to_end_s=TERM_GRACE_S + 0.1, was_termed=True), KILL),
        (replace(HASHING, asked_to_end_s=1.0), None),
    ],
    ids=[
        "a hashing worker is left alone",
        "a wanted core without a worker gets one",
        "an unwanted core gets none",
        "nobody is forked before memory and Host are ready",
        "a delay is kept",
        "a delay ends",
        "a worker goes on while the Host is away",
        "an unwanted worker is asked to end",
        "and has time for it",
        "then it is terminated",
        "silence up to the limit is patience",
        "a mute worker is terminated",
        "with time to end",
        "then it is killed",
        "a worker that ends is not asked twice",
    ],
)
def test_each_situation_has_its_action(view: SlotView, action: Action | None) -> None:
    assert reconcile_slot(view, now=100.0) == action


def test_the_limit_of_silence_is_a_setting() -> None:
    assert reconcile_slot(replace(HASHING, silent_s=3.0), 100.0, silence_s=2.0) == TERM


def _carried_out(view: SlotView, action: Action) -> SlotView:
    match action:
        case StartWorker():
            return replace(view, is_ready=False, asked_to_end_s=None, was_termed=False)
        case AskExit():
            return replace(view, asked_to_end_s=0.0)
        case Signal():
            return replace(view, asked_to_end_s=0.0, was_termed=True)


@example(view=replace(HASHING, is_wanted=False, silent_s=SILENCE_S + 1), now=100.0)
@given(view=VIEWS, now=st.floats(0, 200))
def test_an_action_is_not_followed_by_another_at_the_same_moment(view: SlotView, now: float) -> None:
    action = reconcile_slot(view, now)
    if action is not None:
        assert reconcile_slot(_carried_out(view, action), now) is None


@given(view=VIEWS, now=st.floats(0, 200))
def test_actions_fit_what_is_seen(view: SlotView, now: float) -> None:
    action = reconcile_slot(view, now)
    assert action is None or action.slot == view.slot
    assert isinstance(action, StartWorker) <= (not view.is_alive and view.is_wanted)
    assert isinstance(action, AskExit | Signal) <= view.is_alive
    assert (action == Signal(view.slot, signal.SIGKILL)) <= view.was_termed


def test_a_worker_that_ignores_everything_is_gone_after_exit_term_and_kill() -> None:
    """Played forward in quarter seconds, as the Supervisor's rounds do."""
    view, actions = replace(HASHING, is_wanted=False), []
    for step in range(40):
        action = reconcile_slot(view, step * 0.25)
        if action is not None:
            actions.append(action)
            view = _carried_out(view, action)
        if view.asked_to_end_s is not None:
            view = replace(view, asked_to_end_s=view.asked_to_end_s + 0.25)
    assert actions[:3] == [AskExit(3), TERM, KILL]


def test_the_first_restart_is_immediate_and_the_wait_doubles_up_to_five_seconds() -> None:
    assert [restart_delay_s(failures) for failures in range(9)] == [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]


@given(failures=st.integers(-5, 10_000))
def test_the_wait_never_shrinks_and_never_exceeds_five_seconds(failures: int) -> None:
    assert 0 <= restart_delay_s(failures) <= restart_delay_s(failures + 1) <= 5.0
