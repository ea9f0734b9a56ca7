"""Who hashes where and when."""

from __future__ import annotations

import itertools

import pytest

from benchmarks.ratio.schedule import Side, expected_minutes, placements, turns, windows


def test_in_each_pair_both_programs_have_each_core_once() -> None:
    for halves in placements(9, (2, 5)):
        assert sorted(ours for ours, _ in halves) == [2, 5]
        assert all({ours, theirs} == {2, 5} for ours, theirs in halves)


def test_nobody_moves_between_two_pairs() -> None:
    pairs = placements(8, (0, 1))
    for earlier, later in itertools.pairwise(pairs):
        assert earlier[-1] == later[0]


def test_turns_are_abba() -> None:
    order = [side for turn in turns(4) for side in turn]
    ours, theirs = Side.OURS, Side.THEIRS
    assert order == [ours, theirs, theirs, ours, ours, theirs, theirs, ours]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(60, [60]), (10, [10]), (30, [10, 10, 10]), (80, [60, 10, 10]), (120, [60, 60])]
)
def test_an_interval_is_covered_by_xmrigs_windows(seconds: int, expected: list[int]) -> None:
    assert windows(seconds) == expected


@pytest.mark.parametrize("seconds", [0, 5, 9, 65, -60])
def test_an_interval_that_windows_cannot_cover_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="cannot be covered"):
        windows(seconds)


def test_the_announced_time_counts_both_halves_of_each_pair() -> None:
    assert expected_minutes(1, 8, 60) - expected_minutes(1, 7, 60) == pytest.approx(2 * 66 / 60)
