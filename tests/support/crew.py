"""A Crew in light mode inside the test, with jobs of the test's own choice: every hash can be a candidate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from mining.algorithms.randomx.loader import find_library
from mining.algorithms.registry import algorithm_named
from mining.engine.boards import BoardJob
from mining.engine.crew import Crew, CrewEvents, CrewSettings, Slot
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger

EVERY_HASH = (1 << 256) - 1
SEED = bytes(32)
BLOB = bytes(76)
WAIT_S = 60.0


@dataclass
class LightCrew:
    """`candidates` are (core, generation, nonce, hash) in the order of their arrival; `told` is what it logged."""

    crew: Crew
    candidates: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    changes: list[tuple[int, str, str]] = field(default_factory=list)
    grants: LeaseGrants | None = None
    generation: int = 0

    def give_job(self, *, chunk: int = 64, count: int = 1 << 32) -> None:
        """Publish a new generation in which every hash is a candidate, with leases of `chunk` nonces."""
        self.generation += 1
        cores = max(1, len(self.crew.wanted))
        self.grants = LeaseGrants(self.crew, self.generation, NonceLedger(0, count, chunk=chunk, cores=cores))
        self.grants.top_up()
        number = self.crew.settings.algorithm.number
        self.crew.publish(BoardJob(self.generation, number, self.crew.epoch, BLOB, 39, 4, EVERY_HASH))

    async def until_reported(self, more: int, timeout_s: float = WAIT_S) -> None:
        """Run the Crew until `more` further candidates have come."""
        goal = len(self.candidates) + more
        await self.until(lambda: len(self.candidates) >= goal, timeout_s, f"{more} more hashes")

    async def until_replaced(self, slot: Slot, pid: int, timeout_s: float = WAIT_S) -> None:
        """Run the Crew until `slot` has a worker other than `pid` (0: any)."""
        await self.until(lambda: slot.pid not in (0, pid), timeout_s, f"a worker of core {slot.core}")

    async def until_staffed(self) -> None:
        """Run the Crew until each wanted core has its worker: a pid of 0 must not be compared, let alone signalled."""
        await self.until(lambda: all(slot.pid for slot in self.crew.wanted), WAIT_S, "a worker on each core")

    async def until(self, is_true: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Run the Crew as its owner does, until `is_true`."""
        deadline = time.monotonic() + timeout_s
        while not is_true():
            assert time.monotonic() < deadline, f"within {timeout_s:g} s: {what}; it told {self.told}"
            self.crew.reap()
            self.crew.round()
            if self.grants is not None:
                self.grants.top_up()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def light_crew(home: Path, cores: tuple[int, ...], **settings: object) -> AsyncIterator[LightCrew]:
    """A Crew that is ready to hash on `cores`; ended with the block. `home` remembers the library's self-test."""
    base = CrewSettings(
        library=find_library("rx/0", cache_folder=home / "cache").path,
        algorithm=algorithm_named("rx/0"),
        is_fast=False,
        huge_pages="off",
        priority="normal",
        large_pages=False,
    )
    light = LightCrew(None)  # type: ignore[arg-type]  # the Crew needs the lists that stand in it
    events = CrewEvents(
        candidate=lambda core, generation, nonce, result, _: light.candidates.append((core, generation, nonce, result)),
        worker=lambda core, state, exit_text, restarts: light.changes.append((core, state, exit_text)),
        log=lambda level, sentence: light.told.append(f"{level}: {sentence}"),
        failed=light.failures.append,
    )
    light.crew = Crew(replace(base, **settings), events, cpus=cores)  # type: ignore[arg-type]
    try:
        light.crew.set_intensity(100)
        light.crew.set_cores(cores)
        light.crew.start()
        await light.crew.prepare(SEED)
        await light.until_staffed()
        yield light
        assert light.failures == []
    finally:
        await light.crew.stop()
