"""Hash rates over sliding windows, from absolute counts. Pure: times are arguments."""

from __future__ import annotations

from collections import deque


class RateWindow:
    """Absolute (time, count) samples; `rate(seconds)` is the mean over the last `seconds`.

    Samples older than a minute are thinned to one in ten seconds, so 15 minutes cost about 150 samples.
    """

    def __init__(self, keep_s: float = 900.0, fine_s: float = 62.0, coarse_s: float = 10.0) -> None:
        self._keep_s = keep_s
        self._fine_s = fine_s
        self._coarse_s = coarse_s
        self._fine: deque[tuple[float, int]] = deque()
        self._coarse: deque[tuple[float, int]] = deque()

    def add(self, at: float, count: int) -> None:
        """Record the absolute `count` at monotonic time `at` (seconds, ascending)."""
        self._fine.append((at, count))
        while at - self._fine[0][0] > self._fine_s:
            sample = self._fine.popleft()
            if not self._coarse or sample[0] - self._coarse[-1][0] >= self._coarse_s:
                self._coarse.append(sample)
        while self._coarse and at - self._coarse[0][0] > self._keep_s + self._coarse_s:
            self._coarse.popleft()

    def rate(self, seconds: float) -> float | None:
        """Mean rate per second over the last `seconds` (or since the first sample); None before there are two."""
        if len(self._fine) < 2:
            return None
        end_at, end_count = self._fine[-1]
        start = self._start_of(end_at - seconds)
        elapsed = end_at - start[0]
        return (end_count - start[1]) / elapsed if elapsed > 0 else None

    def _start_of(self, wanted: float) -> tuple[float, int]:
        for samples in (self._coarse, self._fine):
            for sample in samples:
                if sample[0] >= wanted - 0.05:
                    return sample
        return self._fine[0]

    def clear(self) -> None:
        """Forget everything (another algorithm, or mining begins anew)."""
        self._fine.clear()
        self._coarse.clear()
