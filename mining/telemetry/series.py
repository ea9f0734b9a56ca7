"""Series: packed blocks → aligned arrays for a chart. Pure; fast over a year of samples because sums run in C."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import mul

from mining.telemetry.history import COLUMNS, GAP, MEANS, SUMS, TIERS, Tier, unpack

Values = list[float | None]


@dataclass(frozen=True, slots=True)
class Window:
    """Which samples a series is made of: bins of `step_s` seconds, `count` of them from `start` on."""

    tier: Tier
    start: int
    step_s: int
    count: int

    @property
    def end(self) -> int:
        """Unix seconds behind the last bin."""
        return self.start + self.step_s * self.count

    @property
    def times(self) -> list[int]:
        """The start of each bin, Unix seconds."""
        return list(range(self.start, self.end, self.step_s))


@dataclass(frozen=True, slots=True)
class Series:
    """`tracks` holds for each algorithm the columns by name, each as long as `times`; None is a gap.

    Columns are those of `history.COLUMNS`: seconds watched, means over the time watched, sums.
    """

    start: int
    step_s: int
    times: list[int]
    tracks: dict[str, dict[str, Values]] = field(default_factory=dict)


def window_for(start: float, end: float, points: int, now: float) -> Window:
    """The finest tier that still holds `start`, in at most `points` bins (or two, whose border lies in the window).

    A tier's last block stays until it is wholly too old: "the last hour" may have begun a moment more than that ago.
    Raises ValueError for an empty window.
    """
    if not end > start or points < 1:
        raise ValueError(f"a series from {start:.0f} to {end:.0f} in {points} points has nothing in it")
    tier = next((tier for tier in TIERS if now - start <= tier.keep_s + tier.span_s / 4), TIERS[-1])
    step_s = tier.step_s * max(1, math.ceil((end - start) / tier.step_s / points))
    while True:  # the borders of the bins are not those of the window: one bin more may be needed
        first = math.floor(start / step_s) * step_s
        count = math.ceil((end - first) / step_s)
        if count <= max(2, points):
            return Window(tier, first, step_s, count)
        step_s += tier.step_s


def make_series(window: Window, blocks: Iterable[tuple[str, int, bytes]]) -> Series:
    """Join blocks (algorithm, start, data) of the window's tier. A block that cannot be read is a gap."""
    joined: dict[str, dict[str, array[float]]] = {}
    samples = window.count * window.step_s // window.tier.step_s
    for algorithm, start, data in blocks:
        try:
            columns = unpack(data)
        except ValueError:
            continue
        track = joined.get(algorithm)
        if track is None:
            track = joined[algorithm] = {name: array("f", [GAP]) * samples for name in COLUMNS}
        _copy(track, columns, (start - window.start) // window.tier.step_s)
    factor = window.step_s // window.tier.step_s
    tracks = {algorithm: _binned(track, factor) for algorithm, track in sorted(joined.items())}
    return Series(window.start, window.step_s, window.times, tracks)


def _copy(track: dict[str, array[float]], columns: Mapping[str, array[float]], offset: int) -> None:
    """Lay the columns of a block at `offset` of a track, as far as they overlap."""
    size, length = len(track["seconds"]), len(columns["seconds"])
    skip, room = max(0, -offset), size - max(0, offset)
    if skip >= length or room <= 0:
        return
    for name in COLUMNS:
        part = columns[name][skip : skip + room]
        at = max(0, offset)
        track[name][at : at + len(part)] = part


def _binned(track: dict[str, array[float]], factor: int) -> dict[str, Values]:
    seconds = track["seconds"]
    size = len(seconds)
    bins: dict[str, Values] = {name: [] for name in COLUMNS}
    for at in range(0, size, factor):
        weights = seconds[at : at + factor]
        watched = _sum(weights)
        bins["seconds"].append(watched)
        for name in SUMS:
            bins[name].append(None if watched is None else _sum(track[name][at : at + factor]))
        for name in MEANS:
            bins[name].append(None if watched is None else _mean(track[name][at : at + factor], weights))
    return bins


def _sum(values: array[float]) -> float | None:
    """The sum without gaps; None when there is nothing else."""
    total = sum(values)
    if total == total:
        return total
    known = [value for value in values if value == value]
    return sum(known) if known else None


def _mean(values: array[float], weights: array[float]) -> float | None:
    """The mean weighted by the seconds watched; None when it was never known."""
    weight = sum(weights)
    total = sum(map(mul, values, weights))
    if total != total or weight != weight:
        pairs = [
            (value, weight) for value, weight in zip(values, weights, strict=True) if value == value and weight > 0
        ]
        weight = sum(weight for _, weight in pairs)
        total = sum(value * weight for value, weight in pairs)
    return total / weight if weight > 0 else None
