"""The Supervisor: the one process per Node that owns the job source, the current job and the Crew.

Embeddable: explicit `run()` and `request_stop()`, no ownership of signals, no sys.exit. It joins the parts and derives
the Node's state from them; the work itself lies in the dispatcher, the Crew and the source.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import mining
from mining.addresses.masking import mask_address
from mining.engine.alerts import AlertList
from mining.engine.control import ControlServer
from mining.engine.control_orders import ControlOrders
from mining.engine.crew import Crew, CrewEvents
from mining.engine.dispatcher import Dispatcher, DispatcherEvents
from mining.engine.event_hub import EventHub
from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Plan
from mining.engine.preparation import check_library, prepare_crew
from mining.engine.sources.base import JobSource
from mining.engine.sources.registry import make_source
from mining.engine.tally import Tally
from mining.engine.ulid import new_ulid
from mining.errors import CannotStartError, ConfigurationError, ExitCode, MinerConsoleError
from mining.hardware.overcommit import restore_overcommit
from mining.telemetry.frame import PAUSED_BY_A_PERSON, Frame, Intensity, JobRow, Payee, SessionRow
from mining.telemetry.frames import FrameParts, shares_row
from mining.telemetry.luck import luck_of, next_share

ROUND_S = 0.25
DRAIN_S = 1.6


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this Node and this run are."""

    node_id: str
    epoch: str


@dataclass(slots=True)
class _LinkState:
    link: Link = Link.DOWN
    cause: str | None = None
    since: float = 0.0
    reauths: int = 0


@dataclass(slots=True)
class _Run:
    """Totals of one stretch of mining, from start to drain."""

    first_hash_at: float | None = None
    ended_at: float | None = None
    reason: str = ""
    exit_code: ExitCode = ExitCode.DONE
    tally: Tally = field(default_factory=Tally)
    hashes_before: int = 0
    restarts_before: int = 0
    expected_before: float = 0.0
    generation: int = 0
    dataset_seconds: float | None = None
    reauths: int = 0


class Supervisor:
    """One Node."""

    def __init__(self, plan: Plan, home: Path, identity: Identity) -> None:
        self.plan = plan
        self.home = home
        self.identity = identity
        self.hub = EventHub()
        self.alerts = AlertList()
        self._run = _Run()
        self._started_at = time.monotonic()
        self._parts = FrameParts(self._started_at)
        self._control = ControlServer(home, self.hub, ControlOrders(self).handle)
        self._crew: Crew | None = None
        self._source: JobSource | None = None
        self._dispatcher: Dispatcher | None = None
        self._mining: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._link = _LinkState()
        self._mode = plan.mode
        self._page_reason = ""
        self._is_paused = plan.is_paused
        self._is_draining = False
        self._is_preparing = False
        self._failure: MinerConsoleError | None = None
        self._seq = 0

    # --- life -------------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Run until asked to stop; returns the exit code. Every share found is submitted first."""
        await self._control.start()
        self._emit_start()
        ticker = asyncio.get_running_loop().create_task(self._tick())
        try:
            if self.plan.is_started:
                self.start_mining()
            await self._stop.wait()
            await self._end_mining()
        finally:
            ticker.cancel()
            await asyncio.gather(ticker, return_exceptions=True)
            self._emit_end()
            await self._control.close()
            self._parts.close()
        return int(self._run.exit_code)

    def request_stop(self, reason: str, exit_code: ExitCode = ExitCode.DONE) -> None:
        """Ask for a drain and the end of `run()`. Safe to call again: the first reason stands."""
        if not self._stop.is_set():
            self._run.reason = self._run.reason or reason
            self._run.exit_code = exit_code
            self._stop.set()

    def reap(self) -> None:
        """Collect exited children; call it when SIGCHLD came."""
        if self._crew is not None:
            self._crew.reap()

    def start_mining(self) -> None:
        """From idle or failed: prepare and mine as the plan says. Raises MinerConsoleError while it is stopping."""
        if self._ending is not None:
            raise MinerConsoleError("Mining is just being stopped", next_step="Try again in a moment.", code="stopping")
        if self._mining is None:
            self._failure = None
            self._mining = asyncio.get_running_loop().create_task(self._mine())

    def stop_mining(self) -> None:
        """Drain and become idle; memory and workers are released, the Supervisor stays."""
        if self._mining is not None and self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end_mining())

    async def _mine(self) -> None:
        try:
            # In a thread: a first self-test takes seconds, and control orders must be heard meanwhile.
            await asyncio.to_thread(check_library, self.plan, self.home)
            crew = self._make_crew()
            self._crew = crew
            source = make_source(self.plan, rate_hps=lambda: self._parts.rates().s10, is_fast=crew.settings.is_fast)
            self._source = source
            self._dispatcher = Dispatcher(
                crew,
                source,
                self._run.tally,
                DispatcherEvents(self._job_given, self._share_ended, self._candidate_invalid, self._preparing),
                first_generation=self._run.generation,
            )
            crew.set_running(not self._is_paused)
            crew.set_intensity(self.plan.intensity)
            crew.set_cores(self.plan.cores)
            crew.start()
            await source.run(self)
        except MinerConsoleError as error:
            self._fail(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the loop must end with a named reason, whatever broke
            self._fail(MinerConsoleError(f"The Supervisor met an unexpected error: {error!r}", code="internal"))
            raise

    def _make_crew(self) -> Crew:
        cpus = sorted(os.sched_getaffinity(0))
        missing = [core for core in self.plan.cores if core not in cpus]
        if missing:
            raise ConfigurationError(
                f"Core {missing[0]} does not exist or is not allowed here", next_step=f"There are: {cpus}."
            )
        preparation = prepare_crew(self.plan, self.home, cpu_count=len(cpus))
        self._mode = "fast" if preparation.settings.is_fast else "light"
        self._page_reason = preparation.settings.why_no_hugetlb
        for note in preparation.notes:
            self.log("info", note)
        if preparation.light_reason:
            severity = "info" if self.plan.mode == "light" else "warning"  # chosen, or for want of memory
            self.alerts.raise_("light_mode", severity, preparation.light_reason)
            self.log(severity, preparation.light_reason)
        library = preparation.library
        self.log("info", f"RandomX library {library.path.name} ({library.origin}), known answers pass")
        events = CrewEvents(
            candidate=lambda core, generation, nonce, result: self._candidate(core, generation, nonce, result),
            worker=self._worker_changed,
            log=self.log,
            failed=lambda sentence: self._fail(CannotStartError(sentence, code="crew_failed")),
        )
        return Crew(preparation.settings, events, cpus=cpus)

    def _fail(self, error: MinerConsoleError) -> None:
        self._failure = error
        self.alerts.raise_(error.code, "error", error.sentence)
        self.log("error", error.sentence)
        if self.plan.is_started:
            self.request_stop(error.sentence, error.exit_code)
        elif self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end_mining())

    async def _end_mining(self) -> None:
        """Drain: park, check, submit, count; then release everything."""
        if self._ending is not None and asyncio.current_task() is not self._ending:
            await self._ending
        mining, crew, source, dispatcher = self._mining, self._crew, self._source, self._dispatcher
        self._is_draining = True
        try:
            if crew is not None:
                await crew.settle()
                self._run.ended_at = time.monotonic()
            if dispatcher is not None:
                await dispatcher.drain(DRAIN_S)
                dispatcher.count_expected()
                self._run.generation = dispatcher.generation
                self._run.expected_before += dispatcher.expected_shares
                self._check_laws()
            if mining is not None:
                mining.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await mining
            if source is not None:
                await source.close()
            if crew is not None:
                self._run.hashes_before += crew.hashes
                self._run.restarts_before += crew.restarts
                await crew.stop()
        finally:
            self._mining = self._crew = self._source = self._dispatcher = None
            self._is_draining = False
            self._ending = None
            self._run.reauths += self._link.reauths
            self._link = _LinkState()
            sentence = restore_overcommit(self.home)
            if sentence:
                self.log("info", sentence)

    def _check_laws(self) -> None:
        """After the drain nothing is under way any more, and every count has its place."""
        tally = self._run.tally
        laws = tally.broken_laws()
        if tally.checking or tally.in_flight:
            laws.append(f"{tally.checking} being checked and {tally.in_flight} in flight after the drain")
        if laws:
            self.log("error", f"counting error, please report it: {'; '.join(laws)}")

    # --- what the source says ---------------------------------------------------------------------------------

    def job_received(self, job: Job) -> None:
        """SourceSink: a new job."""
        if job.algorithm != self.plan.algorithm:
            sentence = (
                f"{self._link_label()} sent a {job.algorithm} job, but {self.plan.coin} is mined with "
                f"{self.plan.algorithm}; it was refused"
            )
            self.alerts.raise_("wrong_algorithm", "error", sentence)
            self.log("error", sentence)
            return
        self.alerts.lower("wrong_algorithm")
        if self._dispatcher is not None:
            self._dispatcher.job_received(job)

    def jobs_invalidated(self, reason: str) -> None:
        """SourceSink: no work for now."""
        if self._dispatcher is not None and self._dispatcher.current is not None:
            self._dispatcher.invalidate()
            if self._link.link is not Link.READY:  # otherwise the next job follows at once
                self.log("info", f"no work: {reason}")

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        """SourceSink: the state of the link."""
        was_ready = self._link.link is Link.READY
        if link is Link.READY and self._link.cause and not was_ready:
            self._link.reauths += 1
        self._link.link = link
        self._link.cause = cause or self._link.cause
        self._link.since = time.time()
        if link is Link.READY:
            self.alerts.lower("source_down")
        elif cause:
            self.alerts.raise_("source_down", "warning", cause)
        self.hub.emit("session", link=link.value, endpoint=endpoint, cause=cause)

    # --- what the dispatcher and the Crew say -----------------------------------------------------------------

    def _candidate(self, core: int, generation: int, nonce: int, result: bytes) -> None:
        if self._dispatcher is not None:
            self._dispatcher.candidate_received(core, generation, nonce, result)

    def _job_given(self, job: Job) -> None:
        self.hub.emit(
            "job",
            id=job.job_id,
            height=job.height,
            difficulty=job.difficulty,
            algorithm=job.algorithm,
            endpoint=self._link_label(),
        )

    def _share_ended(self, share: Share, outcome: Outcome, job_age_s: float) -> None:
        self.hub.emit(
            "share",
            generation=share.generation,
            job=share.job.job_id,
            nonce=share.nonce,
            core=share.core,
            difficulty=share.job.difficulty,
            outcome=outcome.kind.value,
            reason=outcome.reason,
            detail=outcome.detail,
            rtt_ms=outcome.rtt_ms,
            job_age_s=round(job_age_s, 3),
        )
        if self.plan.shares is not None and self._run.tally.accepted >= self.plan.shares:
            self.request_stop(f"{self.plan.shares} shares accepted")

    def _candidate_invalid(self, core: int, sentence: str) -> None:
        self.alerts.raise_(f"wrong_hash_core_{core}", "error", f"core {core}: {sentence}")

    def _worker_changed(self, core: int, state: str, exit_text: str, restarts: int) -> None:
        self.hub.emit("worker", core=core, state=state, exit=exit_text or None, restarts=restarts)

    def _preparing(self, is_preparing: bool) -> None:
        self._is_preparing = is_preparing
        crew = self._crew
        if not is_preparing and crew is not None and crew.is_seed_ready:
            self._parts.hashing_begins()
            self._run.dataset_seconds = crew.dataset_seconds
            gap = f", hashing paused for {crew.seed_gap_s:.2f} s" if crew.seed_gap_s is not None else ""
            kind = crew.memory.kind if crew.settings.is_fast else "light mode"
            self.log("info", f"seed ready in {crew.dataset_seconds or 0:.1f} s ({kind}){gap}")

    # --- orders from people -----------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stop hashing, stay connected."""
        self._is_paused = True
        if self._crew is not None:
            self._crew.set_running(False)

    def resume(self) -> None:
        """Hash again."""
        self._is_paused = False
        self._parts.hashing_begins()
        if self._crew is not None:
            self._crew.set_running(True)

    def set_intensity(self, percent: int, source: str) -> None:
        """Change the share of time of all cores, live."""
        self.plan = _changed(self.plan, intensity=percent, pins={**self.plan.pins, "INTENSITY": source})
        if self._crew is not None:
            self._crew.set_intensity(percent)

    def set_cores(self, cores: tuple[int, ...], source: str) -> None:
        """Change the cores, live: the others keep hashing."""
        self.plan = _changed(self.plan, cores=cores, pins={**self.plan.pins, "CORES": source})
        if self._crew is not None:
            self._crew.set_cores(cores)
            if self._dispatcher is not None:
                self._dispatcher.top_up()

    def crew_pids(self) -> dict[str, int]:
        """The hashing processes by name."""
        return self._crew.pids if self._crew is not None else {}

    # --- figures ----------------------------------------------------------------------------------------------

    def log(self, level: str, sentence: str) -> None:
        """Say one sentence to everyone who watches."""
        self.hub.emit("log", level=level, sentence=sentence)

    def _link_label(self) -> str:
        return self._source.endpoint if self._source is not None else "–"

    @property
    def state(self) -> tuple[str, str]:
        """The Node's state and the reason for it."""
        crew, dispatcher = self._crew, self._dispatcher
        if self._failure is not None:
            return "failed", self._failure.sentence
        if self._is_draining:
            return "draining", "submitting the last shares"
        if self._mining is None or crew is None or dispatcher is None:
            return ("preparing", "checking the RandomX library") if self._mining is not None else ("idle", "stopped")
        if crew.is_rebuilding:
            return "preparing", "computing the dataset" if crew.settings.is_fast else "computing the cache"
        if self._is_paused:
            return "paused", PAUSED_BY_A_PERSON
        if self.plan.intensity == 0:
            return "paused", "intensity is 0"
        if dispatcher.current is None:
            return "preparing", self._link.cause or "waiting for the first job"
        if crew.hashes == 0:
            return "preparing", "workers are starting"
        return "mining", ""

    async def _tick(self) -> None:
        """Keep the rounds going; should they break, end with a named reason instead of standing still."""
        try:
            await self._rounds()
        except Exception as error:
            self._fail(MinerConsoleError(f"The Supervisor met an unexpected error: {error!r}", code="internal"))
            raise

    async def _rounds(self) -> None:
        """Rounds four times a second; a sample and a Frame each second."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        rounds = 0
        while True:
            self._round()
            if rounds % 4 == 0:
                now = time.monotonic()
                self._parts.sample(self._crew, now, self.plan.intensity)
                self._seq += 1
                self.hub.emit_frame(self.frame())
            rounds += 1
            due += ROUND_S
            delay = due - loop.time()
            if delay < -5:
                due, delay = loop.time(), 0.0  # the machine slept
            await asyncio.sleep(max(0.0, delay))

    def _round(self) -> None:
        crew, dispatcher = self._crew, self._dispatcher
        if crew is None or dispatcher is None:
            return
        crew.round()
        dispatcher.top_up()
        dispatcher.count_expected()
        notice = self._source.notice() if self._source is not None else None
        if notice:
            self.alerts.raise_("source_notice", "warning", notice)
        now = time.monotonic()
        if self._run.first_hash_at is None and crew.hashes:
            self._run.first_hash_at = crew.first_hash_at
        first = self._run.first_hash_at
        if self.plan.duration_s is not None and first is not None and now - first >= self.plan.duration_s:
            self.request_stop(f"the duration of {self.plan.duration_s:g} s is over")

    def frame(self) -> Frame:
        """The Node now."""
        now = time.monotonic()
        crew, dispatcher = self._crew, self._dispatcher
        state, reason = self.state
        candidates, shares = shares_row(self._run.tally)
        current = dispatcher.current if dispatcher is not None else None
        rates = self._parts.rates()
        difficulty = current.job.difficulty if current else None
        is_hashing = state == "mining"
        return Frame(
            node_id=self.identity.node_id,
            epoch=self.identity.epoch,
            seq=self._seq,
            at=time.time(),
            state=state,
            state_reason=reason,
            plan_version=self.plan.version,
            algorithm=self.plan.algorithm,
            coin=self.plan.coin,
            payee=self.payee,
            offline=self.plan.kind == "offline",
            hashrate_hps=rates,
            cores=self._parts.cores(crew, now),
            intensity=Intensity(
                commanded=self.plan.intensity,
                achieved=self._parts.achieved(len(crew.wanted)) if crew is not None else None,
            ),
            candidates=candidates,
            shares=shares,
            luck=luck_of(self._run.tally.found, self._expected_shares()),
            session=self._session_row(difficulty),
            memory=self._parts.memory(crew, self._mode, self._page_reason),
            system=self._parts.system(),
            next_share_s=next_share(difficulty, rates.s60 if is_hashing else None),
            job=None
            if current is None
            else JobRow(
                id=current.job.job_id,
                height=current.job.height,
                age_s=round(now - current.at, 1),
                algorithm=current.job.algorithm,
                seed=current.job.seed.hex() or None,
            ),
            pins=self.plan.pins,
            alerts=self.alerts.rows(),
        )

    def _expected_shares(self) -> float:
        running = self._dispatcher.expected_shares if self._dispatcher is not None else 0.0
        return self._run.expected_before + running

    def _session_row(self, difficulty: int | None) -> SessionRow:
        return SessionRow(
            pool=self.plan.kind,
            endpoint=self._link_label(),
            link=self._link.link.value,
            difficulty=difficulty,
            reauths=self._link.reauths,
            last_cause=self._link.cause,
        )

    @property
    def payee(self) -> Payee:
        """For whom this Node mines, masked, and where that was set."""
        if self.plan.kind == "offline":
            return Payee(address_masked="nobody (offline)", source=self.plan.payee_source)
        return Payee(address_masked=mask_address(self.plan.wallet), source=self.plan.payee_source)

    def _emit_start(self) -> None:
        payee = self.payee
        self.hub.emit(
            "start",
            version=mining.__version__,
            node_id=self.identity.node_id,
            epoch=self.identity.epoch,
            payee={"address_masked": payee.address_masked, "source": payee.source},
            offline=self.plan.kind == "offline",
            coin=self.plan.coin,
            algorithm=self.plan.algorithm,
            endpoint=", ".join(endpoint.label for endpoint in self.plan.endpoints) or "offline",
            cores=list(self.plan.cores),
            sources=self.plan.sources,
        )

    def _emit_end(self) -> None:
        run, tally = self._run, self._run.tally
        seconds = 0.0
        if run.first_hash_at is not None and run.ended_at is not None:
            seconds = run.ended_at - run.first_hash_at
        self.hub.emit(
            "summary",
            seconds=round(seconds, 3),
            hashes=run.hashes_before,
            hashrate_hps=round(run.hashes_before / seconds, 2) if seconds > 0 else None,
            candidates=tally.candidates,
            invalid=tally.invalid,
            stale_before_check=tally.stale_before_check,
            found=tally.found,
            accepted=tally.accepted,
            rejected=tally.outcomes[OutcomeKind.REJECTED],
            stale=tally.outcomes[OutcomeKind.STALE],
            lost=tally.outcomes[OutcomeKind.LOST],
            restarts=run.restarts_before,
            reauths=self._run.reauths,
            failovers=0,
            dataset_seconds=self._run.dataset_seconds,
            reason=run.reason,
            exit_code=int(run.exit_code),
        )
        self.hub.emit("bye", exit_code=int(run.exit_code))


def _changed(plan: Plan, **changes: object) -> Plan:
    values = {name: getattr(plan, name) for name in plan.__struct_fields__}
    return Plan(**{**values, **changes, "version": plan.version + 1})


def make_identity(home: Path) -> Identity:
    """Read the Node's ULID from HOME/node_id, or make it; the epoch is new for every start."""
    path = home / "node_id"
    try:
        node_id = path.read_text().strip()
    except FileNotFoundError:
        node_id = ""
    if len(node_id) != 26:
        node_id = new_ulid()
        path.write_text(node_id + "\n")
    return Identity(node_id, new_ulid())
