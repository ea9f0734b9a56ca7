"""Times of Nodes whose clocks are wrong."""

from __future__ import annotations

from mining.fleet.clock import ClockShift

NOW = 1_790_000_000.0


def test_a_good_clock_is_believed_and_delays_do_not_move_it() -> None:
    clock = ClockShift()
    assert [clock.shifted(NOW + second, NOW + second + 0.9) for second in range(3)] == [NOW, NOW + 1, NOW + 2]


def test_a_clock_of_1970_is_moved_once_so_that_seconds_stay_seconds() -> None:
    clock = ClockShift()
    times = [clock.shifted(10.0 + second, NOW + second + delay) for second, delay in enumerate((0.0, 0.5, 0.1))]
    assert times == [NOW, NOW + 1, NOW + 2]


def test_a_clock_that_is_set_right_is_believed_again() -> None:
    clock = ClockShift()
    clock.shifted(NOW - 3600, NOW)
    assert clock.shifted(NOW + 5, NOW + 5.1) == NOW + 5
