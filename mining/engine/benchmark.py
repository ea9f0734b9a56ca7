"""The benchmark: N nonces, each once, on the engine's own workers; the XOR of all results is the check value.

Uses the Crew as mining does (same workers, same boards), so a figure here is a figure of the product.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from mining import __version__
from mining.algorithms.bench_values import CHECK_VALUES, INPUTS
from mining.algorithms.registry import algorithm_named
from mining.configuration.cores import format_cores
from mining.engine.boards import BoardJob, Counter, WorkerState
from mining.engine.crew import Crew, CrewEvents
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger
from mining.engine.plan import Plan
from mining.engine.preparation import prepare_crew
from mining.errors import MinerConsoleError
from mining.hardware.overcommit import restore_overcommit

_POLL_S = 0.01
_GENERATION = 1
_MOST_NONCES = 1024  # of a lease, so that all cores end together
_LEAST_NONCES = {"randomx": 16, "scrypt": 512}  # so that two leases last longer than a poll
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """One benchmark. `check` and `expected` are 16 hex digits; `expected` and `ok` are None for an unlisted count.

    `dataset_seconds` is None for an algorithm without a seed; `library`: what computed the hashes; `cores`: their
    numbers as `0-3,6`; `version`: of this program.
    """

    algorithm: str
    hashes: int
    threads: int
    mode: str
    huge_pages: str
    library: str
    dataset_seconds: float | None
    seconds: float
    hashrate_hps: float
    check: str
    expected: str | None
    ok: bool | None
    cores: str
    version: str

    def as_dict(self) -> dict[str, object]:
        """The object that `benchmark --json` prints."""
        return asdict(self)


def run_benchmark(plan: Plan, hashes: int, home: Path, progress: Progress) -> BenchmarkResult:
    """Hash nonces 0..hashes-1 with the plan's cores, mode and pages. `progress` gets (phase, share done)."""
    try:
        return asyncio.run(_Benchmark(plan, hashes, home, progress).run())
    finally:
        restore_overcommit(home)


class _Benchmark:
    def __init__(self, plan: Plan, hashes: int, home: Path, progress: Progress) -> None:
        self._plan = plan
        self._hashes = hashes
        self._progress = progress
        self._family = algorithm_named(plan.algorithm).family
        self._input = INPUTS[self._family]
        cpus = sorted(os.sched_getaffinity(0))
        self._preparation = prepare_crew(plan, home, cpu_count=len(cpus))
        self._trouble = ""
        events = CrewEvents(
            candidate=lambda core, generation, nonce, result, found_at: None,
            worker=self._worker_changed,
            log=lambda level, sentence: None,
            failed=self._failed,
        )
        self._crew = Crew(self._preparation.settings, events, cpus=cpus)

    def _worker_changed(self, core: int, state: str, exit_text: str, restarts: int) -> None:
        if state in ("failed", "quarantined"):
            self._failed(f"the worker on core {core} ended ({exit_text}), so the check value cannot be right")

    def _failed(self, sentence: str) -> None:
        self._trouble = self._trouble or sentence

    async def run(self) -> BenchmarkResult:
        crew = self._crew
        try:
            crew.set_intensity(100)
            crew.set_cores(self._plan.cores)
            crew.start()
            await self._prepare()
            seconds = await self._measure()
            return self._result(seconds)
        finally:
            await crew.stop()

    async def _prepare(self) -> None:
        preparing = asyncio.get_running_loop().create_task(self._crew.prepare(self._input.seed))
        while not preparing.done():
            self._progress("dataset", self._crew.progress or 0.0)
            self._check_trouble()
            await asyncio.wait({preparing}, timeout=0.25)
        preparing.result()
        while any(self._state(slot.slot) != WorkerState.PARKED or not slot.pid for slot in self._crew.wanted):
            self._check_trouble()
            await asyncio.sleep(_POLL_S)

    async def _measure(self) -> float:
        crew = self._crew
        cores = len(crew.wanted)
        chunk = max(_LEAST_NONCES[self._family], min(_MOST_NONCES, self._hashes // (cores * 64)))
        ledger = NonceLedger(0, self._hashes, chunk=chunk, cores=cores)
        grants = LeaseGrants(crew, _GENERATION, ledger)
        grants.top_up()
        target = 0  # no hash is a candidate
        started = time.monotonic()
        algorithm = crew.settings.algorithm.number
        given = self._input
        crew.publish(BoardJob(_GENERATION, algorithm, crew.epoch, given.blob, given.nonce_offset, 4, target))
        shown_at = 0.0
        while crew.hashes < self._hashes:
            await asyncio.sleep(_POLL_S)
            self._check_trouble()
            grants.top_up()
            if time.monotonic() - shown_at > 0.5:
                shown_at = time.monotonic()
                crew.round()
                self._progress("hashing", crew.hashes / self._hashes)
        last_ns = max(crew.counters.read(slot.slot, Counter.LAST_HASH_NS) for slot in crew.wanted)
        await crew.settle()
        return last_ns / 1e9 - started

    def _state(self, slot: int) -> int:
        return self._crew.counters.read(slot, Counter.STATE)

    def _check_trouble(self) -> None:
        if self._trouble:
            raise MinerConsoleError(f"The benchmark failed: {self._trouble}", code="benchmark_failed")

    def _result(self, seconds: float) -> BenchmarkResult:
        crew = self._crew
        check = 0
        for slot in crew.slots:
            check ^= crew.counters.read(slot.slot, Counter.XOR)
        expected = CHECK_VALUES.get(self._plan.algorithm, {}).get(self._hashes)
        kind = f"{crew.memory.kind}, " if crew.settings.is_fast else ""
        took = crew.dataset_seconds
        return BenchmarkResult(
            algorithm=self._plan.algorithm,
            hashes=crew.hashes,
            threads=len(crew.wanted),
            mode=crew.settings.mode,
            huge_pages=f"{kind}{crew.huge_pages_got} pages of 2 MiB",
            library=self._preparation.hashing,
            dataset_seconds=None if took is None else round(took, 3),
            seconds=round(seconds, 3),
            hashrate_hps=round(crew.hashes / seconds, 2),
            check=f"{check:016X}",
            expected=None if expected is None else f"{expected:016X}",
            ok=None if expected is None else check == expected,
            cores=format_cores(self._plan.cores),
            version=__version__,
        )
