"""Figures as text: units, digits, and what nobody measured."""

from __future__ import annotations

import math

import pytest

from mining.terminal import figures


@pytest.mark.parametrize(
    ("hps", "text"),
    [
        (0.0, "0.0 H/s"),
        (171.23, "171.2 H/s"),
        (999.94, "999.9 H/s"),
        (999.96, "1.000 kH/s"),
        (1234.5, "1.234 kH/s"),
        (21_570, "21.57 kH/s"),
        (412_345, "412.3 kH/s"),
        (3.2e12, "3.200 TH/s"),
    ],
)
def test_a_hash_rate_has_four_significant_digits(hps: float, text: str) -> None:
    assert figures.format_hashrate(hps) == text


@pytest.mark.parametrize(
    ("difficulty", "text"),
    [(1, "1"), (999, "999"), (1000, "1 k"), (120_000, "120 k"), (1_234_567, "1.235 M"), (336_512_345_678, "336.5 G")],
)
def test_a_difficulty_is_exact_below_a_thousand_and_short_above(difficulty: int, text: str) -> None:
    assert figures.format_difficulty(difficulty) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.7, "1 min 00 s"),
        (178, "2 min 58 s"),
        (3725, "1 h 02 min"),
        (273_600, "3 d 04 h"),
        (46 * 365.25 * 86_400, "46 y"),
        (12_345 * 365.25 * 86_400, "12 345 y"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, text: str) -> None:
    assert figures.format_duration(seconds) == text


def test_an_age_is_in_whole_seconds() -> None:
    assert [figures.format_age(age) for age in (0.0, 0.9, 12.7, 178.0)] == ["0 s", "0 s", "12 s", "2 min 58 s"]


def test_other_figures_carry_their_unit() -> None:
    assert figures.format_percent(99.61) == "99.6 %"
    assert figures.format_percent(100.0) == "100 %"
    assert figures.format_milliseconds(3.21) == "3.2 ms"
    assert figures.format_milliseconds(1234) == "1.2 s"
    assert figures.format_temperature(53.6) == "54 °C"
    assert figures.format_frequency(3204) == "3.20 GHz"
    assert figures.format_count(1_234_567) == "1 234 567"
    assert figures.format_ratio(98.0, 100.0) == "98 %"
    assert figures.format_odds(0.0005) == "1 in 2 000"


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_what_nobody_measured_is_a_dash_and_never_zero(unknown: float | None) -> None:
    formats = (
        figures.format_hashrate,
        figures.format_difficulty,
        figures.format_duration,
        figures.format_age,
        figures.format_percent,
        figures.format_milliseconds,
        figures.format_temperature,
        figures.format_frequency,
    )
    assert {show(unknown) for show in formats} == {"–"}
    assert figures.format_count(None) == "–"
    assert figures.format_ratio(unknown, 100.0) == figures.format_ratio(1.0, 0.0) == "–"
