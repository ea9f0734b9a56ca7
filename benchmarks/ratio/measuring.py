"""The intervals: who hashes, for how long, and what both did in the same time. Knows no process and no socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.ratio.children import MeasurementError
from benchmarks.ratio.schedule import SETTLE_S, Side, placements, turns, windows
from benchmarks.ratio.statistics import geometric_mean_ratio

_CLOCK_TOLERANCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Count:
    """Hashes done since the start of `epoch`, at `at` (Unix seconds)."""

    hashes: int
    at: float
    epoch: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One interval of one program: hashes per second, and the share of the time its threads had a core (1 = all)."""

    hashrate_hps: float
    cpu_share: float
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """Half a pair. In the one-core part both were measured in the same interval, otherwise one after the other."""

    ours: Measured
    theirs: Measured


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair and its ratio ours / theirs."""

    halves: tuple[Half, ...]
    ratio: float

    @property
    def ratio_per_cpu_s(self) -> float:
        """The ratio of hashes per second of CPU time: a hint where other programs took part of the cores."""
        ours = [half.ours.hashrate_hps / max(half.ours.cpu_share, 1e-3) for half in self.halves]
        theirs = [half.theirs.hashrate_hps / max(half.theirs.cpu_share, 1e-3) for half in self.halves]
        return geometric_mean_ratio(ours, theirs)


def _pair(halves: tuple[Half, ...]) -> Pair:
    ours = [half.ours.hashrate_hps for half in halves]
    return Pair(halves, geometric_mean_ratio(ours, [half.theirs.hashrate_hps for half in halves]))


class Program(Protocol):
    """What both programs can do."""

    name: str

    def place(self, cores: tuple[int, ...]) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def cpu_s(self) -> dict[int, float]: ...


class Ours(Program, Protocol):
    """Our engine: counts hashes."""

    def count(self) -> Count: ...


class Theirs(Program, Protocol):
    """xmrig: tells the mean rate of the last 10 or 60 seconds."""

    def rate(self, window_s: int) -> float: ...


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """The clock of the measurement; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def until(self, moment: float) -> None:
        """Sleep until `moment`."""
        self.sleep(max(0.0, moment - self.now()))


class Measurer:
    """Measures intervals of `seconds` each, after a settling time."""

    def __init__(self, ours: Ours, theirs: Theirs, seconds: int, watch: Stopwatch | None = None) -> None:
        self._ours = ours
        self._theirs = theirs
        self._seconds = seconds
        self._watch = watch or Stopwatch()

    def one_core(self, pairs: int, cores: tuple[int, int]) -> Iterator[Pair]:
        """Yield pairs of two halves: both hash all the time, on one core each, swapped for the second half."""
        self._ours.place((cores[0],))
        self._theirs.place((cores[1],))
        self._ours.resume()
        self._theirs.resume()
        for halves in placements(pairs, cores):
            yield _pair(tuple(self._together(our_core, their_core) for our_core, their_core in halves))

    def all_cores(self, pairs: int, cores: tuple[int, ...]) -> Iterator[Pair]:
        """Yield pairs: one hashes on all cores while the other is paused, then the other; ABBA."""
        self._ours.place(cores)
        self._theirs.place(cores)
        for order in turns(pairs):
            measured = {side: self._alone(side, cores) for side in order}
            yield _pair((Half(measured[Side.OURS], measured[Side.THEIRS]),))

    def _together(self, our_core: int, their_core: int) -> Half:
        self._ours.place((our_core,))
        self._theirs.place((their_core,))
        self._watch.sleep(SETTLE_S)
        cpu = _CpuShare(self._ours, self._theirs)
        start = self._ours.count()
        began = self._watch.now()
        theirs = self._their_parts(began)
        end = self._ours.count()
        took_s = self._watch.now() - began
        hashrate = _rate_between(start, end, took_s)
        theirs += self._their_last_part()
        ours_cpu, theirs_cpu = cpu.shares(1)
        return Half(
            Measured(hashrate, ours_cpu, (our_core,)), Measured(theirs / self._seconds, theirs_cpu, (their_core,))
        )

    def _alone(self, side: Side, cores: tuple[int, ...]) -> Measured:
        program, other = (self._ours, self._theirs) if side is Side.OURS else (self._theirs, self._ours)
        other.pause()
        program.resume()
        self._watch.sleep(SETTLE_S)
        cpu = _CpuShare(program)
        began = self._watch.now()
        if side is Side.OURS:
            start = self._ours.count()
            began = self._watch.now()
            self._watch.until(began + self._seconds)
            end = self._ours.count()
            hashrate = _rate_between(start, end, self._watch.now() - began)
        else:
            hashes = self._their_parts(began)
            hashrate = (hashes + self._their_last_part()) / self._seconds
        return Measured(hashrate, cpu.shares(len(cores))[0], cores)

    def _their_parts(self, began: float) -> float:
        """Wait for the interval's end; return the hashes of all its windows but the last."""
        hashes, passed_s = 0.0, 0
        parts = windows(self._seconds)
        for window in parts:
            passed_s += window
            self._watch.until(began + passed_s)
            if passed_s < self._seconds:
                hashes += window * self._theirs.rate(window)
        return hashes

    def _their_last_part(self) -> float:
        window = windows(self._seconds)[-1]
        return window * self._theirs.rate(window)


class _CpuShare:
    """Share of the time in which the hashing threads of each program had a core, between making and `shares`."""

    def __init__(self, *programs: Program, now: Callable[[], float] = time.monotonic) -> None:
        self._programs = programs
        self._now = now
        self._began = now()
        self._before = [program.cpu_s() for program in programs]

    def shares(self, threads: int) -> list[float]:
        """Return one share per program, each of `threads` threads."""
        wall_s = max(1e-9, self._now() - self._began) * threads
        after = [program.cpu_s() for program in self._programs]
        return [
            round(sum(new[tid] - old[tid] for tid in new if tid in old) / wall_s, 4)
            for old, new in zip(self._before, after, strict=True)
        ]


def _rate_between(start: Count, end: Count, took_s: float) -> float:
    """Hashes per second between two counts. Raises MeasurementError when they cannot be compared."""
    elapsed_s = end.at - start.at
    if end.epoch != start.epoch or end.hashes < start.hashes:
        raise MeasurementError("our engine was started again in the middle of an interval")
    if abs(elapsed_s - took_s) > _CLOCK_TOLERANCE_S:
        raise MeasurementError(f"the machine's clock was set by {elapsed_s - took_s:+.1f} s during an interval")
    return (end.hashes - start.hashes) / elapsed_s
