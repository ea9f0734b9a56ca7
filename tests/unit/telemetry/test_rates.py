"""RateWindow: the mean over the last seconds, exact for what it kept, with bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.telemetry.rates import RateWindow


def _at_one_hertz(seconds: int, per_second: int, *, start: float = 1000.0) -> RateWindow:
    window = RateWindow()
    for second in range(seconds + 1):
        window.add(start + second, second * per_second)
    return window


def test_there_is_no_rate_before_two_samples() -> None:
    window = RateWindow()
    assert window.rate(10) is None
    window.add(5.0, 100)
    assert window.rate(10) is None
    window.add(6.0, 150)
    assert window.rate(10) == 50


@pytest.mark.parametrize("seconds", [10, 60, 900])
@pytest.mark.parametrize("age", [3, 30, 300, 3000])
def test_a_steady_rate_is_that_rate_in_every_window(seconds: int, age: int) -> None:
    assert _at_one_hertz(age, 171).rate(seconds) == pytest.approx(171)


def test_each_window_sees_its_own_stretch() -> None:
    """100 per second, and nothing for the last 30 seconds."""
    window = RateWindow()
    for second in range(1031):
        window.add(float(second), min(second, 1000) * 100)
    assert window.rate(10) == 0
    assert window.rate(60) == pytest.approx(50)
    assert window.rate(900) == pytest.approx(100 * 870 / 900, rel=0.02)


def test_since_the_first_sample_while_the_window_is_not_full() -> None:
    assert _at_one_hertz(5, 80).rate(900) == pytest.approx(80)


def test_a_pause_that_was_cleared_is_not_a_slow_miner() -> None:
    window = _at_one_hertz(20, 100)
    window.clear()
    assert window.rate(10) is None
    window.add(5000.0, 2000)
    window.add(5001.0, 2100)
    assert window.rate(10) == window.rate(900) == pytest.approx(100)


def test_a_machine_that_slept_has_a_rate_again_at_the_second_sample() -> None:
    window = _at_one_hertz(100, 50)
    window.add(9000.0, 5000)
    window.add(9001.0, 5050)
    assert window.rate(10) == pytest.approx(50) and window.rate(60) == pytest.approx(50)


def test_fifteen_minutes_cost_a_bounded_number_of_samples() -> None:
    window = _at_one_hertz(10_000, 1)
    assert len(window._fine) + len(window._coarse) < 200


@settings(max_examples=50, deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(0.25, 3.0), st.integers(0, 500)), min_size=2, max_size=300),
    seconds=st.sampled_from([10.0, 60.0, 900.0]),
)
def test_a_rate_is_the_exact_mean_between_two_samples_of_about_the_wanted_age(
    steps: list[tuple[float, int]], seconds: float
) -> None:
    window, samples, at, count = RateWindow(), [], 50.0, 0
    for step_s, hashes in steps:
        at, count = at + step_s, count + hashes
        samples.append((at, count))
        window.add(at, count)
    rate = window.rate(seconds)
    assert rate is not None
    wanted = max(samples[0][0], at - seconds)
    slack = 0.06 + 3.0 + (13.0 if seconds > 60 else 0.0)  # one sample, and the thinning of old ones
    possible = [
        (count - start_count) / (at - start)
        for start, start_count in samples[:-1]
        if wanted - 0.06 <= start <= wanted + slack
    ]
    assert any(rate == pytest.approx(mean) for mean in possible)


@given(counts=st.lists(st.integers(0, 1 << 40), min_size=3, max_size=40))
def test_a_rate_of_absolute_counts_is_never_negative(counts: list[int]) -> None:
    window = RateWindow()
    for second, count in enumerate(sorted(counts)):
        window.add(float(second), count)
    rate = window.rate(10)
    assert rate is not None and rate >= 0
