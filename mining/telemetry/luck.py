"""Luck: shares found against shares expected, and the waiting time for the next one. Pure.

Finding shares is a Poisson process: hashes / difficulty are expected; the time to the next is exponential.
"""

from __future__ import annotations

import math

from mining.telemetry.frame import Luck, NextShare


def poisson_p_value(observed: int, expected: float) -> float | None:
    """Two-sided p-value of `observed` events when `expected` are: min(1, 2 x the smaller tail). None below 0.01."""
    if expected < 0.01:
        return None
    if expected > 2000:
        deviation = (observed - expected) / math.sqrt(expected)
        return math.erfc(abs(deviation) / math.sqrt(2))
    below = 0.0
    term_log = -expected
    for count in range(observed + 1):
        if count:
            term_log += math.log(expected) - math.log(count)
        at = math.exp(term_log)
        below += at
    upper = max(0.0, 1.0 - below + at)
    return min(1.0, 2 * min(below, upper))


def luck_of(observed: int, expected: float) -> Luck:
    """Build the Frame's luck row."""
    return Luck(expected=expected, observed=observed, p_value=poisson_p_value(observed, expected))


def next_share(difficulty: int | None, hashrate_hps: float | None) -> NextShare | None:
    """Quantiles of the wait for a share of `difficulty` at `hashrate_hps`; None when either is unknown or zero."""
    if not difficulty or not hashrate_hps:
        return None
    mean_s = difficulty / hashrate_hps
    p05, p50, p95 = (-math.log(1 - share) * mean_s for share in (0.05, 0.5, 0.95))
    return NextShare(p05=p05, p50=p50, p95=p95)
