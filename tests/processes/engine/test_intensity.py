"""Intensity is the share of a core's time that its worker uses, measured by the kernel's clock of that worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mining.engine.intensity import CREDIT_NS
from tests.support.mine import MineRun
from tests.support.process_facts import cpu_seconds, until

Mine = Callable[..., Any]
STEPS = (0, 10, 25, 50, 75, 100)
RARE = "100000000"  # no share, so no re-hash takes time from the cores
BESIDE_PERCENT = 2.0
FAST_START_S = 250.0


@dataclass(frozen=True, slots=True)
class Use:
    """Percent of a core's time that its worker used, and for which it had to wait for others to leave the core.

    `credit`: what it may use beside its share, because it had to wait just before: up to a second's worth is made up.
    """

    used: float
    waited: float
    credit: float

    def is_near(self, percent: float, tolerance: float) -> bool:
        """Whether it kept to `percent`. What the machine did not give it is no fault of its own."""
        return percent - tolerance - self.waited <= self.used <= percent + tolerance + self.credit


def scheduled_ns(pid: int) -> tuple[int, int]:
    """Nanoseconds that a single-threaded process ran, and that it waited to run, as the scheduler counts them."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        ran, waited, _ = file.read().split()
    return int(ran), int(waited)


def used_percent(run: MineRun, percent: int, seconds: float) -> dict[int, Use]:
    """Set the intensity, let it settle, and return what each core's worker used over `seconds`."""
    with run.counters() as counters:
        pids = {row["core"]: counters.worker(row["core"]) for row in run.frame["cores"]}
        run.ask("intensity", value=percent)
        asked = {core: scheduled_ns(pid) for core, pid in pids.items()}
        pass_time(1.5)
        before, began = {core: scheduled_ns(pid) for core, pid in pids.items()}, time.monotonic()
        pass_time(seconds)
        scale = 1e7 * (time.monotonic() - began)
        after = {core: scheduled_ns(pid) for core, pid in pids.items()}
    made_up = {core: min(CREDIT_NS, before[core][1] - asked[core][1]) * percent / 100 for core in pids}
    return {
        core: Use(
            used=(after[core][0] - before[core][0]) / scale,
            waited=(after[core][1] - before[core][1]) / scale,
            credit=made_up[core] / scale,
        )
        for core in pids
    }


def pass_time(seconds: float) -> None:
    """Let the miner work: here time itself is what is measured."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, seconds + 5, "time passes")


@pytest.mark.parametrize("percent", [pytest.param(10, marks=pytest.mark.soak), 50])
def test_a_share_of_the_time_is_kept(percent: int, light_miner: MineRun, measured: Callable[[str], None]) -> None:
    used = used_percent(light_miner, percent, 6.0)
    measured(f"{percent} %: {_shown(used)}")
    assert all(use.is_near(percent, 5.0) for use in used.values()), used


def table(run: MineRun, measured: Callable[[str], None]) -> None:
    """Every step for 20 s; what the miner's other processes use meanwhile, spread over the cores, is held too."""
    for percent in STEPS:
        began, before = time.monotonic(), cost_s(run)
        used = used_percent(run, percent, 20.0)
        beside = 100 * (cost_s(run) - before) / (time.monotonic() - began) / len(used)
        measured(f"{percent} %: {_shown(used)}; the miner's other processes used {beside:.2f} % of each core")
        assert all(use.is_near(percent, 2.0) for use in used.values()), (percent, used)
        assert beside < BESIDE_PERCENT, f"at {percent} %: {beside:.2f} % of each core beside hashing"


def cost_s(run: MineRun) -> float:
    """CPU seconds so far of the processes that do not hash."""
    return sum(cpu_seconds(process.pid) for process in run.processes() if ": core " not in process.title)


@pytest.mark.soak
def test_the_table_of_intensities_in_light_mode(mine: Mine, measured: Callable[[str], None]) -> None:
    with mine("--light", "--difficulty", RARE) as run:
        run.wait_mining()
        table(run, measured)


@pytest.mark.soak
def test_the_table_of_intensities_in_fast_mode(mine: Mine, measured: Callable[[str], None]) -> None:
    """Not on the shared fast miner: its many shares keep the Verifier busy on the same cores."""
    with mine("--difficulty", RARE) as run:
        run.wait_mining(FAST_START_S)
        assert run.frame["memory"]["mode"] == "fast"
        table(run, measured)


def _shown(used: dict[int, Use]) -> str:
    return ", ".join(f"core {core} used {use.used:.1f}, waited {use.waited:.1f}" for core, use in used.items())
