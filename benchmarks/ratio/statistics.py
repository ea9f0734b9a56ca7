"""From rates to a ratio with its interval. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A distribution-free interval of the median: the `rank`-th smallest to the `rank`-th largest of `count` values.

    `coverage` is its true confidence, at least the one that was asked for.
    """

    low: float
    high: float
    rank: int
    count: int
    coverage: float


def geometric_mean_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the geometric mean of ours[i] / theirs[i].

    With two halves, cores swapped, and a core that is k times as fast as the other, k cancels exactly.
    Raises ValueError for rates that are not positive.
    """
    if not ours or min(*ours, *theirs) <= 0:
        raise ValueError(f"a ratio needs positive rates, not {[*ours]} / {[*theirs]}")
    logs = [math.log(a / b) for a, b in zip(ours, theirs, strict=True)]
    return math.exp(sum(logs) / len(logs))


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Return the narrowest interval of order statistics that covers the median with `confidence`, None below 6 values.

    The number of values below the median is binomial (n, 1/2), so [x(k), x(n+1-k)] covers it with probability
    1 - 2 P(B <= k - 1), whatever the distribution (David and Nagaraja, Order Statistics, section 7.1).
    """
    count = len(values)
    ordered = sorted(values)
    best: Interval | None = None
    for rank in range(1, count // 2 + 1):
        tail = sum(math.comb(count, below) for below in range(rank)) / 2**count
        if 1 - 2 * tail < confidence:
            break
        best = Interval(ordered[rank - 1], ordered[count - rank], rank, count, 1 - 2 * tail)
    return best


def median(values: Sequence[float]) -> float:
    """Return the middle of `values`."""
    return statistics.median(values)
