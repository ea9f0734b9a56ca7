"""Each trouble of a fleet is told once, when it lasts, and its end once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mining.fleet.alerts import PATIENCE_S, Changes, Key, Open, alert_changes, seen_troubles

OFFLINE: Key = (1, "offline")


def test_a_trouble_begins_is_told_when_it_lasts_and_ends_once() -> None:
    assert alert_changes({}, {OFFLINE}) == Changes(begin=[OFFLINE])
    assert alert_changes({OFFLINE: Open(59.0, False)}, {OFFLINE}) == Changes()
    assert alert_changes({OFFLINE: Open(60.0, False)}, {OFFLINE}) == Changes(tell=[OFFLINE])
    assert alert_changes({OFFLINE: Open(600.0, True)}, {OFFLINE}) == Changes()
    assert alert_changes({OFFLINE: Open(600.0, True)}, set()) == Changes(end=[OFFLINE])


def test_what_passes_before_it_is_told_is_forgotten() -> None:
    assert alert_changes({OFFLINE: Open(30.0, False)}, set()) == Changes(forget=[OFFLINE])


def test_when_nobody_is_heard_that_is_one_trouble_and_says_nothing_of_single_nodes() -> None:
    dark = seen_troubles({1: {"offline"}, 2: {"offline", "cloned"}}, heard=0)
    assert dark == {(None, "nobody_heard")}
    assert alert_changes({OFFLINE: Open(600.0, True), (2, "offline"): Open(1.0, False)}, dark).begin == list(dark)
    assert alert_changes({OFFLINE: Open(600.0, True)}, dark).end == []
    assert seen_troubles({1: {"offline"}}, heard=0) == {OFFLINE}
    assert seen_troubles({1: {"offline"}, 2: set()}, heard=1) == {OFFLINE}


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_whatever_a_node_does_beginnings_and_ends_are_told_in_turn(signs: list[bool]) -> None:
    """Ten seconds between two looks."""
    known: dict[Key, Open] = {}
    told: list[str] = []
    for is_bad in signs:
        changes = alert_changes(known, {OFFLINE} if is_bad else set())
        told += ["begin"] * len(changes.tell) + ["end"] * len(changes.end)
        for key in changes.begin:
            known[key] = Open(0.0, False)
        for key in changes.tell:
            known[key] = Open(known[key].lasts_s, True)
        for key in (*changes.end, *changes.forget):
            del known[key]
        known = {key: Open(each.lasts_s + 10.0, each.is_told) for key, each in known.items()}
    assert told == ["begin", "end"] * (len(told) // 2) + ["begin"] * (len(told) % 2)
    longest = max((len(run) for run in "".join("x" if sign else " " for sign in signs).split()), default=0)
    assert bool(told) is (10.0 * (longest - 1) >= PATIENCE_S["offline"])
