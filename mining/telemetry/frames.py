"""FrameParts: the measured parts of a Frame. Keeps the rate windows; reads the Crew's counters, never writes them."""

from __future__ import annotations

import time

from mining.engine.boards import Counter, WorkerState
from mining.engine.crew import Crew, Slot
from mining.engine.tally import Tally
from mining.hardware.pages import dataset_pages
from mining.hardware.sensors import CpuReading, Sensors, SystemStats
from mining.telemetry.achieved import CpuTimeMeter
from mining.telemetry.frame import Candidates, CoreRow, HugePages, Memory, Rates, Shares, System
from mining.telemetry.rates import RateWindow

_STATES = {
    WorkerState.OFF: "starting",
    WorkerState.STARTING: "starting",
    WorkerState.HASHING: "hashing",
    WorkerState.PARKED: "paused",
    WorkerState.STARVED: "starting",
    WorkerState.SLEEPING: "hashing",
}
_SCRATCHPADS = {"light": "hugetlb", "none": "thp"}  # the kind of their huge pages, where there is no dataset
_NO_READING = CpuReading(None, None)


class FrameParts:
    """Sample once a second; each part is asked for when a Frame is made."""

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._total = RateWindow()
        self._cores: dict[int, RateWindow] = {}
        self._cpu = CpuTimeMeter()
        self._sensors = Sensors()
        self._stats = SystemStats()
        self._mark: tuple[int, int] | None = None
        self._mode = ""

    def close(self) -> None:
        """Close the sensor files."""
        self._sensors.close()
        self._stats.close()

    def sample(self, crew: Crew | None, now: float, intensity: int) -> None:
        """Take one sample of all counters; called once a second."""
        if crew is None:
            return
        wanted = crew.wanted
        mark = (len(wanted), intensity)
        if mark != self._mark:
            self._mark = mark
            self._cpu.clear()
        self._total.add(now, crew.hashes)
        for slot in wanted:
            window = self._cores.setdefault(slot.core, RateWindow(keep_s=15))
            window.add(now, crew.counters.read(slot.slot, Counter.HASHES))
        self._cpu.add(now, {slot.slot: crew.counters.read(slot.slot, Counter.CPU_NS) for slot in wanted if slot.pid})

    def hashing_begins(self) -> None:
        """Forget the rates of before: a build or a pause is not a slow miner."""
        self._total.clear()
        self._cores.clear()
        self._cpu.clear()

    def rates(self) -> Rates:
        """The Node's rate windows."""
        return Rates(s10=self._total.rate(10), s60=self._total.rate(60), m15=self._total.rate(900))

    def achieved(self, cores: int) -> float | None:
        """Percent of the chosen cores' time used for hashing over the last 10 s."""
        return self._cpu.percent(cores)

    def cores(self, crew: Crew | None, now: float) -> list[CoreRow]:
        """One row for every chosen core."""
        if crew is None:
            return []
        readings = self._sensors.read().per_cpu
        return [self._core(crew, slot, now, readings) for slot in crew.slots if slot.is_wanted]

    def _core(self, crew: Crew, slot: Slot, now: float, readings: dict[int, CpuReading]) -> CoreRow:
        state = _STATES[WorkerState(crew.counters.read(slot.slot, Counter.STATE))] if slot.pid else "starting"
        if slot.is_quarantined:
            state = "quarantined"
        elif not slot.pid and slot.failures:
            state = "failed"
        last_ns = crew.counters.read(slot.slot, Counter.LAST_HASH_NS)
        reading = readings.get(slot.core, _NO_READING)
        window = self._cores.get(slot.core)
        return CoreRow(
            core=slot.core,
            state=state,
            hashrate_hps=window.rate(10) if window and state == "hashing" else None,
            hashes=crew.counters.read(slot.slot, Counter.HASHES),
            errors=slot.mismatches + slot.wrong_hashes,
            age_s=round(max(0.0, now - last_ns / 1e9), 3) if last_ns else None,
            temperature_c=reading.temperature_c,
            frequency_mhz=reading.frequency_mhz,
        )

    def memory(self, crew: Crew | None, planned_mode: str) -> Memory:
        """The memory row; without a Crew its mode is that of the last one, else the planned one ("none": no choice)."""
        if crew is None:
            is_of_plan = bool(self._mode) and (self._mode == "none") == (planned_mode == "none")
            return Memory(mode=self._mode if is_of_plan else planned_mode)
        self._mode = crew.settings.mode
        kind = {"hugetlb": "hugetlb", "shmem_thp": "thp", "anon_thp": "thp"}.get(crew.memory.kind, "none")
        wanted = len(crew.wanted) * crew.settings.pages_per_core + (dataset_pages() if crew.settings.is_fast else 0)
        pages = HugePages(
            wanted=0 if crew.settings.huge_pages == "off" else wanted,
            got=crew.huge_pages_got,
            kind=kind if crew.settings.is_fast or crew.huge_pages_got == 0 else _SCRATCHPADS[crew.settings.mode],
            reason=crew.memory.reason or crew.settings.why_no_hugetlb,
        )
        return Memory(
            mode=self._mode,
            huge_pages=pages,
            dataset_s=crew.dataset_seconds,
            workers_restarted=crew.restarts,
            seed_gap_s=crew.seed_gap_s,
            progress=crew.progress,
        )

    def system(self) -> System:
        """The machine's row."""
        reading = self._stats.read()
        free_mb = None if reading.ram_free_bytes is None else reading.ram_free_bytes >> 20
        return System(
            cpu_percent=reading.cpu_percent,
            load1=reading.load1,
            ram_free_mb=free_mb,
            uptime_s=round(time.monotonic() - self._started_at, 1),
        )


def shares_row(tally: Tally, algorithm: str) -> tuple[Candidates, Shares]:
    """The tally as the Frame shows it. Candidates being checked are in neither law's right side yet.

    The accepted work is that of `algorithm` alone, the one that is mined: work of two has no common unit.
    """
    shares = Shares(
        found=tally.found,
        accepted=tally.accepted,
        rejected=tally.outcomes["rejected"],  # type: ignore[index]
        stale=tally.outcomes["stale"],  # type: ignore[index]
        lost=tally.outcomes["lost"],  # type: ignore[index]
        in_flight=tally.in_flight,
        by_reason=dict(tally.by_reason),
        difficulty_accepted=tally.accepted_work[algorithm],
    )
    return Candidates(invalid=tally.invalid, stale=tally.stale_before_check), shares
