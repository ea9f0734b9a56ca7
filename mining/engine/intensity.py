"""Intensity: a share of the time of a core, kept by debt accounting on the thread's CPU time. Pure.

Sleeping starts only when more than 50 ms are owed, in pieces of at most 200 ms: a naive slice per hash misses by 2 to
3 points (measured). Credit from times when the core was taken away is capped, so that a starved worker does not burst.
"""

from __future__ import annotations

OWED_NS = 50_000_000
PIECE_NS = 200_000_000
CREDIT_NS = 1_000_000_000


class RestAccount:
    """CPU time used against wall time passed since the account was opened."""

    def __init__(self) -> None:
        self._percent = 0
        self._cpu_ns = 0
        self._wall_ns = 0

    def start(self, percent: int) -> None:
        """Keep to `percent` (1..100) from now on; the same value again changes nothing."""
        if percent != self._percent:
            self._percent = percent
            self._wall_ns = 0

    def stop(self) -> None:
        """Close the account (parked: time passes without being owed)."""
        self._percent = 0

    def owed_s(self, cpu_ns: int, wall_ns: int) -> float:
        """Return the seconds to sleep now, 0.0 when nothing worth a sleep is owed. Times are absolute nanoseconds."""
        if not self._wall_ns:
            self._cpu_ns, self._wall_ns = cpu_ns, wall_ns
            return 0.0
        owed = (cpu_ns - self._cpu_ns) * 100 // self._percent - (wall_ns - self._wall_ns)
        if owed < -CREDIT_NS:
            self._wall_ns += -CREDIT_NS - owed
        return min(owed, PIECE_NS) / 1e9 if owed > OWED_NS else 0.0
