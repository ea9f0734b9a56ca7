"""Luck and the wait for the next share, against published values of the Poisson and exponential distributions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.telemetry.luck import luck_of, next_share, poisson_p_value


@pytest.mark.parametrize(
    ("observed", "expected", "p_value"),
    [
        (0, 1.0, 2 * math.exp(-1)),  # P(X <= 0) = 0.3679
        (0, 3.0, 2 * 0.0497870684),
        (0, 10.0, 2 * 0.0000453999),
        (2, 5.0, 2 * 0.1246520195),  # P(X <= 2 | 5), Poisson tables
        (10, 5.0, 2 * 0.0318280573),  # P(X >= 10 | 5) = 1 - 0.9681719427
        (15, 10.0, 2 * 0.0834584729),  # P(X >= 15 | 10) = 1 - 0.9165415271
        (5, 5.0, 1.0),
        (1, 1.0, 1.0),
    ],
)
def test_the_p_value_is_twice_the_smaller_tail(observed: int, expected: float, p_value: float) -> None:
    assert poisson_p_value(observed, expected) == pytest.approx(p_value, abs=1e-8)


@pytest.mark.parametrize("expected", [0.0, 0.009])
def test_there_is_no_p_value_before_anything_is_expected(expected: float) -> None:
    assert poisson_p_value(0, expected) is None


def test_thousands_of_shares_are_judged_by_the_normal_distribution() -> None:
    assert poisson_p_value(10_000, 10_000.0) == pytest.approx(1.0)
    assert poisson_p_value(10_196, 10_000.0) == pytest.approx(0.05, abs=0.001)  # 1.96 standard deviations


def test_both_ways_of_reckoning_agree_where_they_meet() -> None:
    exact, normal = poisson_p_value(2060, 2000.0), poisson_p_value(2060, 2000.01)
    assert exact is not None and normal is not None and abs(exact - normal) < 0.02


@given(observed=st.integers(0, 3000), expected=st.floats(0.01, 3000))
def test_a_p_value_is_a_probability(observed: int, expected: float) -> None:
    p_value = poisson_p_value(observed, expected)
    assert p_value is not None and 0.0 <= p_value <= 1.0


@given(expected=st.floats(1, 500), distance=st.integers(1, 30))
def test_worse_luck_is_less_likely(expected: float, distance: int) -> None:
    middle = int(expected)
    near, far = poisson_p_value(middle + distance, expected), poisson_p_value(middle + distance + 5, expected)
    assert near is not None and far is not None and far <= near + 1e-12


def test_the_row_of_the_frame_carries_all_three() -> None:
    row = luck_of(2, 5.0)
    assert (row.observed, row.expected) == (2, 5.0) and row.p_value == pytest.approx(0.249304039)
    assert luck_of(0, 0.0).p_value is None


def test_the_wait_for_a_share_has_the_quantiles_of_the_exponential_distribution() -> None:
    row = next_share(difficulty=1000, hashrate_hps=100.0)
    assert row is not None
    assert row.p50 == pytest.approx(10 * math.log(2))
    assert row.p05 == pytest.approx(10 * 0.0512932944)
    assert row.p95 == pytest.approx(10 * 2.9957322736)


@given(difficulty=st.integers(1, 1 << 64), rate=st.floats(0.01, 1e6))
def test_quantiles_are_in_order_and_scale_with_the_difficulty(difficulty: int, rate: float) -> None:
    row, double = next_share(difficulty, rate), next_share(difficulty * 2, rate)
    assert row is not None and double is not None
    assert 0 < row.p05 < row.p50 < row.p95
    assert double.p95 == pytest.approx(row.p95 * 2)


@pytest.mark.parametrize(("difficulty", "rate"), [(None, 10.0), (10, None), (10, 0.0), (0, 10.0)])
def test_an_unknown_wait_is_not_guessed(difficulty: int | None, rate: float | None) -> None:
    assert next_share(difficulty, rate) is None
