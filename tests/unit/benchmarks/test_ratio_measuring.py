"""The intervals, with two programs and a clock that are made up."""

from __future__ import annotations

import pytest

from benchmarks.ratio.children import MeasurementError
from benchmarks.ratio.measuring import Count, Measurer, Stopwatch
from benchmarks.ratio.schedule import SETTLE_S

CORE_SPEED = {0: 1.0, 1: 1.25}
FRAME_S = 0.4


class World:
    """Time that passes only in `sleep`, and says who hashed in it."""

    def __init__(self) -> None:
        self.time = 0.0
        self.programs: list[Hasher] = []
        self.most_at_once = 0

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds
        working = [program for program in self.programs if program.is_working]
        self.most_at_once = max(self.most_at_once, len(working))
        for program in working:
            program.done += program.speed * seconds
            program.used_s += seconds * len(program.cores)


class Hasher:
    """A program of a known speed per core."""

    def __init__(self, world: World, name: str, speed: float) -> None:
        self.name = name
        self.world = world
        self.per_core = speed
        self.cores: tuple[int, ...] = ()
        self.is_working = False
        self.done = self.used_s = 0.0
        self.placed: list[tuple[int, ...]] = []
        self.windows: list[int] = []
        self.epoch = "A"
        self.clock_error = 0.0
        world.programs.append(self)

    @property
    def speed(self) -> float:
        """Hashes per second on its cores."""
        return self.per_core * sum(CORE_SPEED[core] for core in self.cores)

    def place(self, cores: tuple[int, ...]) -> None:
        self.cores = cores
        self.placed.append(cores)

    def pause(self) -> None:
        self.is_working = False

    def resume(self) -> None:
        self.is_working = True

    def cpu_s(self) -> dict[int, float]:
        return {1: self.used_s}

    def count(self) -> Count:
        self.world.sleep(FRAME_S)
        return Count(int(self.done), 1e9 + self.world.time + self.clock_error, self.epoch)

    def rate(self, window_s: int) -> float:
        self.windows.append(window_s)
        return self.speed if self.is_working else 0.0


@pytest.fixture
def world() -> World:
    return World()


def make(world: World, seconds: int) -> tuple[Hasher, Hasher, Measurer]:
    ours, theirs = Hasher(world, "ours", 480.0), Hasher(world, "theirs", 500.0)
    watch = Stopwatch(now=lambda: world.time, sleep=world.sleep)
    return ours, theirs, Measurer(ours, theirs, seconds, watch)


def test_unequal_cores_do_not_change_the_ratio_of_a_pair(world: World) -> None:
    ours, theirs, measurer = make(world, 60)
    pairs = list(measurer.one_core(3, (0, 1)))
    assert [pair.ratio for pair in pairs] == pytest.approx([0.96] * 3, rel=1e-4)
    assert ours.is_working and theirs.is_working
    assert ours.windows == [] and theirs.windows == [60] * 6


def test_both_hash_in_the_one_core_part_and_never_share_a_core(world: World) -> None:
    _, _, measurer = make(world, 10)
    (pair,) = measurer.one_core(1, (0, 1))
    assert world.most_at_once == 2
    assert [(half.ours.cores, half.theirs.cores) for half in pair.halves] == [((0,), (1,)), ((1,), (0,))]


def test_one_hashes_at_a_time_in_the_all_cores_part(world: World) -> None:
    ours, theirs, measurer = make(world, 10)
    theirs.is_working = True
    pairs = list(measurer.all_cores(2, (0, 1)))
    assert world.most_at_once == 1
    assert [pair.ratio for pair in pairs] == pytest.approx([0.96] * 2, rel=1e-3)
    assert pairs[0].halves[0].ours.cores == (0, 1)
    assert ours.placed == theirs.placed == [(0, 1)]


def test_windows_without_gap_cover_a_length_that_xmrig_has_no_window_for(world: World) -> None:
    _, theirs, measurer = make(world, 30)
    (pair,) = measurer.one_core(1, (0, 1))
    assert theirs.windows == [10] * 6
    assert pair.ratio == pytest.approx(0.96, rel=1e-3)


def test_the_last_window_lies_within_the_interval_and_after_the_settling_time(world: World) -> None:
    _, _, measurer = make(world, 60)
    list(measurer.one_core(1, (0, 1)))
    for_each_half = SETTLE_S + FRAME_S + 60 + FRAME_S
    assert world.time == pytest.approx(2 * for_each_half)


def test_an_engine_that_started_again_in_an_interval_is_not_measured(world: World) -> None:
    ours, _, measurer = make(world, 10)
    plain = ours.count

    def count() -> Count:
        found = plain()
        ours.epoch = "B"
        return found

    ours.count = count  # type: ignore[method-assign]
    with pytest.raises(MeasurementError, match="started again"):
        list(measurer.one_core(1, (0, 1)))


def test_a_clock_that_was_set_in_an_interval_is_noticed(world: World) -> None:
    ours, _, measurer = make(world, 10)
    plain = ours.count

    def count() -> Count:
        found = plain()
        ours.clock_error += 3.0
        return found

    ours.count = count  # type: ignore[method-assign]
    with pytest.raises(MeasurementError, match=r"clock was set by \+3.0 s"):
        list(measurer.one_core(1, (0, 1)))
