"""Two machines under one identity are told from one that was started again, without comparing clocks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.fleet.clones import Beat, clones_among


def _beats(runs: str) -> list[Beat]:
    return [Beat(run, f"machine of {run}") for run in runs]


@pytest.mark.parametrize("runs", ["", "a", "aaaa", "aab", "abbbc", "abcdef"])
def test_restarts_are_no_clones(runs: str) -> None:
    assert clones_among(_beats(runs)) is None


@pytest.mark.parametrize(("runs", "found"), [("aba", "ab"), ("abab", "ab"), ("aabbba", "ab"), ("abca", "ac")])
def test_a_run_that_comes_back_after_another_is_a_clone(runs: str, found: str) -> None:
    clones = clones_among(_beats(runs))
    assert clones is not None
    assert {clones[0].run, clones[1].run} == set(found)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_runs_that_follow_one_another_are_never_clones(lengths: list[int]) -> None:
    assert clones_among(_beats("".join("abcdef"[place] * length for place, length in enumerate(lengths)))) is None


@given(st.lists(st.sampled_from("ab"), min_size=3, max_size=30).filter(lambda runs: _changes(runs) > 1))
def test_two_that_take_turns_are_always_found(runs: list[str]) -> None:
    assert clones_among(_beats("".join(runs))) is not None


def _changes(runs: list[str]) -> int:
    return sum(before != after for before, after in pairwise(runs))
