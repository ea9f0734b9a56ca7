"""Series: the right tier, bins that hold still, means by time, gaps as None."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.telemetry.history import SUMS, TIERS, History, Observation
from mining.telemetry.series import make_series, window_for

NOW = 1_764_288_000.0
NOTHING = dict.fromkeys(SUMS, 0.0)
HOUR, DAY = 3600.0, 86_400.0


def blocks_of(history: History, step_s: int) -> list[tuple[str, int, bytes]]:
    return [(key.algorithm, key.start, block.packed()) for key, block in history.changed() if key.step_s == step_s]


@pytest.mark.parametrize(
    ("span_s", "step_s"),
    [(300, 1), (HOUR, 1), (HOUR + 1, 1), (HOUR + 600, 10), (DAY, 10), (2 * DAY, 60), (30 * DAY, 60), (31 * DAY, 900)],
)
def test_the_finest_tier_that_still_holds_the_start_is_read(span_s: float, step_s: int) -> None:
    assert window_for(NOW - span_s, NOW, 500, NOW).tier.step_s == step_s


@given(st.floats(1, 400 * DAY), st.floats(1, 400 * DAY), st.integers(1, 3000))
def test_a_window_covers_what_was_asked_for_in_no_more_points(ago: float, span: float, points: int) -> None:
    start, end = NOW - ago, NOW - ago + span
    window = window_for(start, end, points, NOW)
    assert window.count <= max(2, points)
    assert window.start <= start and window.end >= end
    assert window.step_s % window.tier.step_s == 0 and window.start % window.step_s == 0
    assert window.start > start - window.step_s and window.end < end + window.step_s


@pytest.mark.parametrize(
    ("start", "end", "points"), [(5.0, 5.0, 10), (6.0, 5.0, 10), (0.0, 5.0, 0), (0.0, math.nan, 5)]
)
def test_an_empty_window_is_refused(start: float, end: float, points: int) -> None:
    with pytest.raises(ValueError, match="nothing in it"):
        window_for(start, end, points, NOW)


def test_bins_are_means_by_time_and_sums_and_gaps_are_none() -> None:
    history = History()
    start = NOW - 100
    history.add(Observation(start, start + 1, "rx/0", {"hashrate": 100.0, "cpu": 50.0}, {**NOTHING, "accepted": 1.0}))
    history.add(Observation(start + 1, start + 1.5, "rx/0", {"hashrate": 400.0}, {**NOTHING, "accepted": 2.0}))
    history.add(Observation(start + 20, start + 21, "rx/0", {"hashrate": 7.0}, NOTHING))
    window = window_for(start, start + 30, 3, NOW)
    assert (window.step_s, window.count) == (10, 3)
    made = make_series(window, blocks_of(history, 1))
    track = made.tracks["rx/0"]
    assert made.times == [int(start), int(start) + 10, int(start) + 20]
    assert track["hashrate"] == [pytest.approx(200.0), None, 7.0]
    assert track["accepted"] == [3.0, None, 0.0] and track["seconds"] == [1.5, None, 1.0]
    assert track["cpu"] == [50.0, None, None] and track["temperature"] == [None, None, None]


def test_algorithms_have_tracks_of_their_own_and_a_damaged_block_is_a_gap() -> None:
    history = History()
    history.add(Observation(NOW - 9, NOW - 8, "rx/0", {"hashrate": 1.0}, NOTHING))
    history.add(Observation(NOW - 8, NOW - 7, "scrypt", {"hashrate": 9000.0}, NOTHING))
    window = window_for(NOW - 10, NOW, 10, NOW)
    made = make_series(window, [*blocks_of(history, 1), ("rx/2", int(NOW - 300), b"\x01\x0arubbish")])
    assert set(made.tracks) == {"rx/0", "scrypt"}
    assert made.tracks["rx/0"]["hashrate"][1] == 1.0 and made.tracks["rx/0"]["hashrate"][2] is None
    assert made.tracks["scrypt"]["hashrate"][2] == 9000.0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 60)), max_size=30), st.integers(1, 90))
def test_no_hash_and_no_share_gets_lost_between_bins(steps: list[tuple[int, int]], points: int) -> None:
    history, at, hashes = History(), NOW - 3000, 0
    for rate, seconds in steps:
        history.add(Observation(at, at + seconds, "rx/0", {"hashrate": float(rate)}, {**NOTHING, "stale": 1.0}))
        at, hashes = at + seconds, hashes + rate * seconds
    made = make_series(window_for(NOW - 3000, NOW, points, NOW), blocks_of(history, TIERS[0].step_s))
    track = made.tracks.get("rx/0", {"hashrate": [], "seconds": [], "stale": []})
    total = sum(r * s for r, s in zip(track["hashrate"], track["seconds"], strict=True) if r is not None and s)
    assert total == pytest.approx(hashes, rel=1e-5)
    assert sum(count for count in track["stale"] if count) == len(steps)
