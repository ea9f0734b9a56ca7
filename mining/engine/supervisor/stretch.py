"""Stretch: one stretch of mining, from start to drain: a Crew, a job source, and the dispatcher between them.

The Supervisor has one at a time, or none while it is idle. It follows the plan live, changes the job source while the
Crew hashes, and ends in order: park, check, submit, count, release. Another algorithm or memory is another stretch.
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
from mining.engine.plan_change import SOURCE_FIELDS, is_other
from mining.engine.preparation import NativeCode, Preparation, check_library, native_code, prepare_crew
from mining.engine.sources.base import JobSource, SessionFacts, SourceSink
from mining.engine.sources.registry import make_source
from mining.engine.sources.relay import RelayEvents, SourceRelay
from mining.engine.supervisor.run import Run, StretchTotals
from mining.errors import CannotStartError, ConfigurationError, MinerConsoleError
from mining.stratum.plan_login import login_sentence
from mining.telemetry.frame import PAUSED_BY_A_PERSON

_DRAIN_S = 1.6


@dataclass(slots=True)
class StretchEvents:
    """What the owner is told; every one returns at once. `failed`: nothing can go on. `source_refused`: another source
    that was wanted can never be used, the one before goes on. `source_changed`: another one took over; the facts are
    of the sessions of the one before."""

    dispatcher: DispatcherEvents
    worker: Callable[[int, str, str, int], None]
    log: Callable[[str, str], None]
    failed: Callable[[MinerConsoleError], None]
    source_refused: Callable[[MinerConsoleError], None]
    source_changed: Callable[[SessionFacts | None], None]


class Stretch:
    """`run` gives the tally and the generations that went before; `rate_hps` the measured rate, for the source.

    `plan` is what it follows. `has_failed`: it can only be ended. `source_since`: the generation of the last job that
    another source gave.
    """

    def __init__(
        self,
        plan: Plan,
        home: Path,
        run: Run,
        *,
        alerts: AlertList,
        rate_hps: Callable[[], float | None],
        events: StretchEvents,
    ) -> None:
        self.plan = plan
        self.has_failed = False
        self.source_since = run.generation
        self._home = home
        self._run = run
        self._alerts = alerts
        self._rate_hps = rate_hps
        self._events = events
        self._task: asyncio.Task[None] | None = None
        self._first_hash_at: float | None = None
        self._drained_at: float | None = None
        self._is_ending = False
        self._sourced = self._offered = plan
        self.crew: Crew | None = None
        self.source: SourceRelay | None = None
        self.dispatcher: Dispatcher | None = None
        self.totals = StretchTotals()

    # --- begin ------------------------------------------------------------------------------------------------

    def start(self, sink: SourceSink) -> None:
        """Prepare and mine; `events.failed` is told what stands in the way."""
        self._task = asyncio.get_running_loop().create_task(self._mine(sink))

    async def _mine(self, sink: SourceSink) -> None:
        try:
            # In threads: a first self-test and compiling take seconds, and control orders must be heard meanwhile.
            await asyncio.to_thread(check_library, self.plan, self._home)
            native = await asyncio.to_thread(native_code, self.plan, self._home)
            crew = self._make_crew(native)
            self.crew = crew
            self._sourced = self._offered = self.plan
            self.source = SourceRelay(self._make_source(self.plan), self._relay_events())
            self.dispatcher = Dispatcher(
                crew, self.source, self._run.tally, self._events.dispatcher, first_generation=self._run.generation
            )
            crew.set_running(not self.plan.is_paused)
            crew.set_intensity(self.plan.intensity)
            crew.set_cores(self.plan.cores)
            crew.start()
            await self.source.run(sink)
        except MinerConsoleError as error:
            self._fail(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the loop must end with a named reason, whatever broke
            self._fail(unexpected(error))
            raise

    def _fail(self, error: MinerConsoleError) -> None:
        self.has_failed = True
        self._events.failed(error)

    def _make_source(self, plan: Plan) -> JobSource:
        """The source of `plan`; at a pool, what is told to it is shown first."""
        assert self.crew is not None
        source = make_source(plan, rate_hps=self._rate_hps, is_fast=self.crew.settings.is_fast)
        if plan.kind == "pool":
            for endpoint in plan.endpoints:
                self._events.log("info", login_sentence(plan, endpoint))
        return source

    def _make_crew(self, native: NativeCode) -> Crew:
        cpus = sorted(os.sched_getaffinity(0))
        missing = [core for core in self.plan.cores if core not in cpus]
        if missing:
            raise ConfigurationError(
                f"Core {missing[0]} does not exist or is not allowed here", next_step=f"There are: {cpus}."
            )
        preparation = prepare_crew(self.plan, self._home, cpu_count=len(cpus), native=native)
        self._tell(preparation)
        events = CrewEvents(
            candidate=self._candidate,
            worker=self._events.worker,
            log=self._events.log,
            failed=lambda sentence: self._fail(CannotStartError(sentence, code="crew_failed")),
        )
        return Crew(preparation.settings, events, cpus=cpus)

    def _tell(self, preparation: Preparation) -> None:
        for note in preparation.notes:
            self._events.log("info", note)
        if preparation.light_reason:
            severity = "info" if self.plan.mode == "light" else "warning"  # chosen, or for want of memory
            self._alerts.raise_("light_mode", severity, preparation.light_reason)
            self._events.log(severity, preparation.light_reason)
        self._events.log("info", preparation.tested)

    def _candidate(self, core: int, generation: int, nonce: int, result: bytes, found_at: float) -> None:
        if self.dispatcher is not None:
            self.dispatcher.candidate_received(core, generation, nonce, result, found_at)

    # --- while it mines ---------------------------------------------------------------------------------------

    def follow(self, plan: Plan) -> None:
        """Take over what was changed, live: the other cores keep hashing, the memory stays. Nothing changes once it
        drains. Raises ConfigurationError for a plan that has no job source."""
        if self._is_ending:
            return
        if self.source is not None and self.crew is not None:
            self._follow_source(self.source, plan)
        self.plan = plan
        if self.crew is None:
            return
        self.crew.set_intensity(plan.intensity)
        self.crew.set_cores(plan.cores)
        self.crew.set_running(not plan.is_paused)
        if self.dispatcher is not None:
            self.dispatcher.top_up()

    def _follow_source(self, relay: SourceRelay, plan: Plan) -> None:
        if not is_other(self._offered, plan, SOURCE_FIELDS):
            return
        if is_other(self._sourced, plan, SOURCE_FIELDS):
            relay.offer(self._make_source(plan))
        else:
            relay.withdraw()
        self._offered = plan

    def _relay_events(self) -> RelayEvents:
        return RelayEvents(
            switched=self._source_changed,
            refused=self._source_refused,
            trouble=lambda cause: self._events.log("warning", cause),
        )

    def _source_changed(self, before: SessionFacts | None) -> None:
        self._sourced = self._offered
        if self.dispatcher is not None:
            self.source_since = self.dispatcher.generation
            self.dispatcher.source_changed()
        self._events.source_changed(before)

    def _source_refused(self, error: MinerConsoleError) -> None:
        self._offered = self._sourced
        self._events.source_refused(error)

    @property
    def mined(self) -> Plan:
        """The plan whose source the cores hash for: that of before, until another source has taken over."""
        return self._sourced if self.source is not None else self.plan

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
        else:
            self._alerts.lower("source_notice")

    def state(self, link_cause: str | None) -> tuple[str, str]:
        """The Node's state and the reason for it, while this stretch neither failed nor drains."""
        crew, dispatcher = self.crew, self.dispatcher
        if crew is None or dispatcher is None:
            return "preparing", f"checking what hashes {self.plan.algorithm}"
        if crew.is_rebuilding:
            return "preparing", "computing the dataset" if crew.settings.is_fast else "computing the cache"
        if self.plan.is_paused:
            return "paused", PAUSED_BY_A_PERSON
        if self.plan.intensity == 0:
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
            algorithm=self.plan.algorithm,
            last_hash_at=crew.last_hash_at,
        )


def unexpected(error: Exception) -> MinerConsoleError:
    """What a person is told of an error that nobody foresaw."""
    return MinerConsoleError(f"The Supervisor met an unexpected error: {error!r}", code="internal")
