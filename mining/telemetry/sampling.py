"""FrameSampler: two Frames of one Node → what it did between them. Pure.

Frames hold absolute values, so a Frame that is missing loses time but no count: counts are differences to the last
Frame that was seen. So are hashes, and their mean over the time between two Frames is exact, however busy the computer
was. Between two Frames further apart than `MOST_BETWEEN_S` nobody watched: that is a gap, and its shares have no hashes
to be compared with.
"""

from __future__ import annotations

from mining.telemetry.frame import Frame
from mining.telemetry.history import SUMS, Observation

MOST_BETWEEN_S = 15.0
_WORK = SUMS[0]
_RESET: dict[str, float] = dict.fromkeys(SUMS, 0.0)


class FrameSampler:
    """Fed with every Frame in order; counts of a Supervisor begin from nought with its first Frame."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._work: dict[str, float] = {}

    def begin_with(self, frame: Frame) -> None:
        """Count from `frame` on: what it tells of before was counted already, or nobody watched."""
        self._last = frame
        self._work = {frame.algorithm: float(frame.shares.difficulty_accepted)}

    def observe(self, frame: Frame) -> Observation | None:
        """What happened since the last Frame; None for a Frame that was seen already, or tells nothing."""
        last, self._last = self._last, frame
        if last is not None and last.epoch == frame.epoch and frame.seq <= last.seq:
            self._last = last
            return None
        is_same_run = last is not None and last.epoch == frame.epoch
        before = _counts(last) if is_same_run and last is not None else _RESET
        sums = {name: max(0.0, value - before[name]) for name, value in _counts(frame).items()}
        sums[_WORK] = self._work_since(last if is_same_run else None, frame)
        if last is None or not is_same_run or last.algorithm != frame.algorithm:
            algorithm = last.algorithm if is_same_run and last is not None else frame.algorithm
            return _counted(frame.at, algorithm, sums)
        passed_s = frame.at - last.at
        if not 0 < passed_s <= MOST_BETWEEN_S:
            return _counted(frame.at, frame.algorithm, sums)
        means = {"hashrate": _hashes_between(last, frame) / passed_s, **_gauges(frame)}
        return Observation(last.at, frame.at, frame.algorithm, means, sums)

    def _work_since(self, last: Frame | None, frame: Frame) -> float:
        """The accepted work of the Frame's algorithm since it was last counted. A Frame tells that of one algorithm
        only: what the first one after a change tells is counted with the next, under its own algorithm."""
        if last is None:
            self._work.clear()
        elif last.algorithm != frame.algorithm:
            return 0.0
        work = float(frame.shares.difficulty_accepted)
        before, self._work[frame.algorithm] = self._work.get(frame.algorithm, 0.0), work
        return max(0.0, work - before)


def _counted(at: float, algorithm: str, sums: dict[str, float]) -> Observation | None:
    """Counts without a watched time: of a gap, or of a change of the algorithm (they belong to the one before)."""
    return Observation(at, at, algorithm, {}, sums) if any(sums.values()) else None


def _counts(frame: Frame) -> dict[str, float]:
    shares = frame.shares
    values = (shares.difficulty_accepted, shares.accepted, shares.rejected, shares.stale, shares.lost)
    return dict(zip(SUMS, map(float, values), strict=True))


def _hashes_between(last: Frame, frame: Frame) -> int:
    """Hashes of the cores that are in both; one that counts from nought again did what it counts now."""
    before = {row.core: row.hashes for row in last.cores}
    made = 0
    for row in frame.cores:
        known = before.get(row.core)
        if known is not None:
            made += row.hashes - known if row.hashes >= known else row.hashes
    return made


def _gauges(frame: Frame) -> dict[str, float]:
    temperatures = [row.temperature_c for row in frame.cores if row.temperature_c is not None]
    known = {
        "intensity": frame.intensity.achieved,
        "temperature": max(temperatures, default=None),
        "cpu": frame.system.cpu_percent,
    }
    return {name: value for name, value in known.items() if value is not None}
