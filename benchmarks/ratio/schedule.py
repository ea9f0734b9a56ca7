"""Who hashes where and when: orders that cancel drift, and the windows that xmrig can answer for. Pure."""

from __future__ import annotations

from enum import Enum

SETTLE_S = 5.0
PREPARE_S = 90.0
WINDOWS_S = (60, 10)


class Side(Enum):
    """One of the two programs."""

    OURS = "ours"
    THEIRS = "theirs"


def placements(pairs: int, cores: tuple[int, int]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return for each pair its two halves, each (our core, their core). The order turns round from pair to pair, so
    that a drift of the machine cancels and half of the moves are saved."""
    first, second = cores
    there, back = (first, second), (second, first)
    return [(there, back) if number % 2 == 0 else (back, there) for number in range(pairs)]


def turns(pairs: int) -> list[tuple[Side, Side]]:
    """Return for each pair who hashes first: ABBA."""
    ours_first, theirs_first = (Side.OURS, Side.THEIRS), (Side.THEIRS, Side.OURS)
    return [ours_first if number % 2 == 0 else theirs_first for number in range(pairs)]


def windows(seconds: int) -> list[int]:
    """Cover `seconds` (a multiple of 10) by the windows of xmrig's API, without gap or overlap, the long ones first.

    Raises ValueError when that cannot be done.
    """
    if seconds < WINDOWS_S[-1] or seconds % WINDOWS_S[-1]:
        raise ValueError(f"{seconds} s cannot be covered by windows of 60 s and 10 s")
    covered: list[int] = []
    for window in WINDOWS_S:
        covered.extend([window] * ((seconds - sum(covered)) // window))
    return covered


def expected_minutes(parts: int, pairs: int, seconds: int) -> float:
    """Return about how long a run takes: one start of ours, one of xmrig for each part, two intervals for each pair."""
    return ((1 + parts) * PREPARE_S + parts * pairs * 2 * (seconds + SETTLE_S + 1)) / 60
