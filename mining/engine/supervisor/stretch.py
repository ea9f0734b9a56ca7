"""Stretch: one stretch of mining, from start to drain: a Crew, a job source, and the dispatcher between them.

The Supervisor has one at a time, or none while it is idle. It follows the plan live and ends in order: park, check,
submit, count, release.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mining.engine.alerts import AlertList
from mining.engine.crew import Crew, CrewEvents
from mining.engine.dispatcher import Dispatcher, DispatcherEvents
from mining.engine.plan import Plan
from mining.engine.preparation import NativeCode, Preparation, check_library, native_code, prepare_crew
from mining.engine.sources.base import JobSource, SourceSink
from mining.engine.sources.registry import make_source
from mining.engine.supervisor.run import Run, StretchTotals
from mining.errors import CannotStartError, ConfigurationError, MinerConsoleError
from mining.stratum.plan_login import login_sentence
from mining.telemetry.frame import PAUSED_BY_A_PERSON

_DRAIN_S = 1.6


@dataclass(slots=True)
class StretchEvents:
    """What the owner is told; every one returns at once."""

    dispatcher: DispatcherEvents
    worker: Callable[[int, str, str, int], None]
    log: Callable[[str, str], None]
    failed: Callable[[MinerConsoleError], None]


class Stretch:
    """`run` gives the tally and the generations that went before; `rate_hps` the measured rate, for the source."""

    def __init__(
        self,
        plan: Plan,
        home: Path,
        run: Run,
        *,
        is_paused: bool,
        alerts: AlertList,
        rate_hps: Callable[[], float | None],
        events: StretchEvents,
    ) -> None:
        self._plan = plan
        self._home = home
        self._run = run
        self._is_paused = is_paused
        self._alerts = alerts
        self._rate_hps = rate_hps
        self._events = events
        self._task: asyncio.Task[None] | None = None
        self._first_hash_at: float | None = None
        self._drained_at: float | None = None
        self._is_ending = False
        self.crew: Crew | None = None
        self.source: JobSource | None = None
        self.dispatcher: Dispatcher | None = None
        self.totals = StretchTotals()

    # --- begin ------------------------------------------------------------------------------------------------

    def start(self, sink: SourceSink) -> None:
        """Prepare and mine; `events.failed` is told what stands in the way."""
        self._task = asyncio.get_running_loop().create_task(self._mine(sink))

    async def _mine(self, sink: SourceSink) -> None:
        try:
            # In threads: a first self-test and compiling take seconds, and control orders must be heard meanwhile.
            await asyncio.to_thread(check_library, self._plan, self._home)
            native = await asyncio.to_thread(native_code, self._plan, self._home)
            crew = self._make_crew(native)
            self.crew = crew
            self.source = make_source(self._plan, rate_hps=self._rate_hps, is_fast=crew.settings.is_fast)
            if self._plan.kind == "pool":
                for endpoint in self._plan.endpoints:
                    self._events.log("info", login_sentence(self._plan, endpoint))
            self.dispatcher = Dispatcher(
                crew, self.source, self._run.tally, self._events.dispatcher, first_generation=self._run.generation
            )
            crew.set_running(not self._is_paused)
            crew.set_intensity(self._plan.intensity)
            crew.set_cores(self._plan.cores)
            crew.start()
            await self.source.run(sink)
        except MinerConsoleError as error:
            self._events.failed(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the loop must end with a named reason, whatever broke
            self._events.failed(unexpected(error))
            raise

    def _make_crew(self, native: NativeCode) -> Crew:
        cpus = sorted(os.sched_getaffinity(0))
        missing = [core for core in self._plan.cores if core not in cpus]
        if missing:
            raise ConfigurationError(
                f"Core {missing[0]} does not exist or is not allowed here", next_step=f"There are: {cpus}."
            )
        preparation = prepare_crew(self._plan, self._home, cpu_count=len(cpus), native=native)
        self._tell(preparation)
        events = CrewEvents(
            candidate=self._candidate,
            worker=self._events.worker,
            log=self._events.log,
            failed=lambda sentence: self._events.failed(CannotStartError(sentence, code="crew_failed")),
        )
        return Crew(preparation.settings, events, cpus=cpus)

    def _tell(self, preparation: Preparation) -> None:
        for note in preparation.notes:
            self._events.log("info", note)
        if preparation.light_reason:
            severity = "info" if self._plan.mode == "light" else "warning"  # chosen, or for want of memory
            self._alerts.raise_("light_mode", severity, preparation.light_reason)
            self._events.log(severity, preparation.light_reason)
        self._events.log("info", preparation.tested)

    def _candidate(self, core: int, generation: int, nonce: int, result: bytes, found_at: float) -> None:
        if self.dispatcher is not None:
            self.dispatcher.candidate_received(core, generation, nonce, result, found_at)

    # --- while it mines ---------------------------------------------------------------------------------------

    def follow(self, plan: Plan, *, is_paused: bool) -> None:
        """Take over what people changed, live: the other cores keep hashing. Nothing changes once it drains."""
        self._plan, self._is_paused = plan, is_paused
        if self.crew is None or self._is_ending:
            return
        self.crew.set_intensity(plan.intensity)
        self.crew.set_cores(plan.cores)
        self.crew.set_running(not is_paused)
        if self.dispatcher is not None:
            self.dispatcher.top_up()

    def round(self) -> None:
        """One round of the Crew and the dispatcher; an order of things that is right again after any event."""
        if self.crew is None or self.dispatcher is None:
            return
        self.crew.round()
        self.dispatcher.top_up()
        self.dispatcher.count_expected()
        notice = self.source.notice() if self.source is not None else None
        if notice:
            self._alerts.raise_("source_notice", "warning", notice)

    def state(self, link_cause: str | None) -> tuple[str, str]:
        """The Node's state and the reason for it, while this stretch neither failed nor drains."""
        crew, dispatcher = self.crew, self.dispatcher
        if crew is None or dispatcher is None:
            return "preparing", f"checking what hashes {self._plan.algorithm}"
        if crew.is_rebuilding:
            return "preparing", "computing the dataset" if crew.settings.is_fast else "computing the cache"
        if self._is_paused:
            return "paused", PAUSED_BY_A_PERSON
        if self._plan.intensity == 0:
            return "paused", "intensity is 0"
        if dispatcher.current is None:
            return "preparing", link_cause or "waiting for the first job"
        if crew.hashes == 0:
            return "preparing", "workers are starting"
        return "mining", ""

    def hashing_s(self, now: float) -> float:
        """Seconds from its first hash to `now`, or to its drain when that was before; 0.0 without a hash."""
        if self._first_hash_at is None:
            if self.crew is None or not self.crew.hashes:
                return 0.0
            self._first_hash_at = self.crew.first_hash_at
        return max(0.0, (now if self._drained_at is None else self._drained_at) - self._first_hash_at)

    # --- end --------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """Drain: park, check, submit, count; then release everything. `totals` holds what it came to."""
        self._is_ending = True
        try:
            await self._drain()
            if self._task is not None:
                self._task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await self._task
            if self.source is not None:
                await self.source.close()
        finally:
            if self.crew is not None:
                self.totals = self._counted(self.crew)
                await self.crew.stop()

    async def _drain(self) -> None:
        if self.crew is not None:
            await self.crew.settle()
            self._drained_at = time.monotonic()
        if self.dispatcher is not None:
            await self.dispatcher.drain(_DRAIN_S)
            self.dispatcher.count_expected()
            laws = self._run.broken_laws()
            if laws:
                self._events.log("error", f"counting error, please report it: {'; '.join(laws)}")

    def _counted(self, crew: Crew) -> StretchTotals:
        dispatcher = self.dispatcher
        return StretchTotals(
            seconds=self.hashing_s(time.monotonic()),
            hashes=crew.hashes,
            restarts=crew.restarts,
            expected_shares=dispatcher.expected_shares if dispatcher is not None else 0.0,
            generation=dispatcher.generation if dispatcher is not None else 0,
        )


def unexpected(error: Exception) -> MinerConsoleError:
    """What a person is told of an error that nobody foresaw."""
    return MinerConsoleError(f"The Supervisor met an unexpected error: {error!r}", code="internal")
