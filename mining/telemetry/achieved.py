"""Achieved intensity: CPU time of the hashing workers over the last seconds. Pure."""

from __future__ import annotations

from mining.telemetry.rates import RateWindow


class CpuTimeMeter:
    """Sums the CPU time of workers that come and go; each counts from zero when it is forked anew."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._total_ns = 0
        self._window = RateWindow(keep_s=60)

    def add(self, at: float, cpu_ns_by_slot: dict[int, int]) -> None:
        """Record each slot's CPU nanoseconds at monotonic time `at`."""
        for slot, now_ns in cpu_ns_by_slot.items():
            before = self._last.get(slot, 0)
            self._total_ns += now_ns - before if now_ns >= before else now_ns
            self._last[slot] = now_ns
        self._window.add(at, self._total_ns)

    def percent(self, cores: int, seconds: float = 10.0) -> float | None:
        """Percent of the time of `cores` that was used over the last `seconds`; None before it is known."""
        rate = self._window.rate(seconds)
        if rate is None or cores < 1:
            return None
        return round(min(100.0, rate / 1e9 / cores * 100), 1)

    def clear(self) -> None:
        """Begin anew (the intensity or the set of cores has changed)."""
        self._window.clear()
