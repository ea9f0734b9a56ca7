"""From rates to a ratio with its interval."""

from __future__ import annotations

import math
import random

import pytest

from benchmarks.ratio.statistics import geometric_mean_ratio, median, median_interval


def test_a_faster_core_cancels_when_both_programs_had_it_once() -> None:
    ours, theirs, faster = 480.0, 500.0, 1.3
    assert geometric_mean_ratio([ours, ours * faster], [theirs * faster, theirs]) == pytest.approx(ours / theirs)


def test_the_ratio_of_one_interval_is_ours_over_theirs() -> None:
    assert geometric_mean_ratio([495.0], [500.0]) == pytest.approx(0.99)


@pytest.mark.parametrize(("ours", "theirs"), [([0.0], [500.0]), ([500.0], [0.0]), ([], [])])
def test_a_rate_of_nothing_gives_no_ratio(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        geometric_mean_ratio(ours, theirs)


def test_below_six_values_there_is_no_interval() -> None:
    assert median_interval([1.0, 1.01, 0.99, 1.02, 0.98]) is None
    assert median_interval([]) is None


@pytest.mark.parametrize(
    ("count", "rank", "coverage"),
    # Tables of the sign test: 1 - 2 P(B(n, 1/2) <= k - 1).
    [(6, 1, 0.96875), (8, 1, 0.9921875), (9, 2, 0.9609375), (12, 3, 0.96142578125), (20, 6, 0.9586105346679688)],
)
def test_ranks_and_coverage_are_those_of_the_sign_test(count: int, rank: int, coverage: float) -> None:
    values = [float(value) for value in range(1, count + 1)]
    random.Random(1).shuffle(values)
    interval = median_interval(values)
    assert interval is not None
    assert (interval.low, interval.high) == (rank, count + 1 - rank)
    assert (interval.rank, interval.count) == (rank, count)
    assert interval.coverage == pytest.approx(coverage)


def test_the_interval_covers_the_median_of_a_skewed_distribution_as_often_as_it_says() -> None:
    dice, hits, trials = random.Random(7), 0, 2000
    for _ in range(trials):
        interval = median_interval([dice.expovariate(1.0) for _ in range(9)])
        assert interval is not None
        hits += interval.low <= math.log(2) <= interval.high
    assert hits / trials == pytest.approx(0.961, abs=0.02)


def test_one_wild_pair_of_nine_moves_neither_median_nor_interval_far() -> None:
    calm = [0.995, 0.996, 0.997, 0.998, 0.999, 1.0, 1.001, 1.002]
    interval = median_interval([*calm, 0.4])
    assert interval is not None
    assert interval.low == 0.995
    assert median([*calm, 0.4]) == 0.998
