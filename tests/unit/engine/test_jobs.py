"""Targets and difficulties: a hash meets a difficulty when hash x difficulty < 2^256."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.jobs import HASH_SPACE, Link, OutcomeKind, target_from_difficulty


@given(difficulty=st.integers(1, (1 << 128) - 1), near=st.integers(-3, 3))
def test_the_target_is_the_largest_hash_that_meets_the_difficulty(difficulty: int, near: int) -> None:
    target = target_from_difficulty(difficulty)
    value = min(max(0, target + near), HASH_SPACE - 1)
    assert (value <= target) == (value * difficulty < HASH_SPACE)


def test_difficulty_one_is_met_by_every_hash() -> None:
    assert target_from_difficulty(1) == HASH_SPACE - 1


@pytest.mark.parametrize("difficulty", [0, -1])
def test_a_difficulty_below_one_is_refused_by_its_value(difficulty: int) -> None:
    with pytest.raises(ValueError, match=f"difficulty {difficulty} is below 1"):
        target_from_difficulty(difficulty)


def test_outcomes_and_links_are_the_words_of_the_contract() -> None:
    assert [str(kind) for kind in OutcomeKind] == ["accepted", "rejected", "stale", "lost"]
    assert [str(link) for link in Link] == ["down", "connecting", "login", "ready", "standby"]
