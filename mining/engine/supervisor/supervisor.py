"""The Supervisor: the one process per Node that owns the job source, the current job and the Crew.

Embeddable: explicit `run()` and `request_stop()`, no ownership of signals, no sys.exit. It joins the parts and derives
the Node's state from them; the work itself lies in the stretch of mining: its Crew, its dispatcher and its source.

`plan` is what is wanted. `_reconcile` compares it with the plan that the stretch follows and takes the steps between
them; it runs after every change of the plan and at the end of every stretch.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec

from mining.engine.alerts import AlertList
from mining.engine.control import ControlServer
from mining.engine.control_orders import ControlOrders
from mining.engine.dispatcher import DispatcherEvents
from mining.engine.event_hub import EventHub
from mining.engine.followed_version import Followed
from mining.engine.jobs import Job, Outcome, Share
from mining.engine.pins import check_unpinned, noted
from mining.engine.plan import Plan
from mining.engine.plan_change import VERIFY_S, Step, steps_between
from mining.engine.plan_slate import PlanSlate, SlatedPlans
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.events import NodeEvents
from mining.engine.supervisor.gap import Gap
from mining.engine.supervisor.identity import Identity
from mining.engine.supervisor.link_state import LinkState
from mining.engine.supervisor.pace import keep_pace
from mining.engine.supervisor.plan_changes import PlanChanges
from mining.engine.supervisor.report import NodeReport, endpoint_of, facts_of
from mining.engine.supervisor.run import Run
from mining.engine.supervisor.session_book import Mined
from mining.engine.supervisor.source_ear import SourceEar
from mining.engine.supervisor.stretch import Stretch, StretchEvents, unexpected
from mining.engine.supervisor.verification import Look, Verification
from mining.errors import ExitCode, MinerConsoleError
from mining.hardware.overcommit import restore_overcommit
from mining.telemetry.frame import Frame
from mining.telemetry.frames import FrameParts

_OF_A_STRETCH = ("light_mode", "source_down", "source_notice", "wrong_algorithm", "memory_disputed")
"""Alerts about what runs: they end with it."""


class Supervisor:
    """One Node. `slate`: where the plan is written for a runner that starts another Supervisor after a crash; what
    stands in it at the start is of the Supervisor before."""

    def __init__(
        self,
        plan: Plan,
        home: Path,
        identity: Identity,
        *,
        slate: PlanSlate | None = None,
    ) -> None:
        self.plan = plan
        self.home = home
        self.hub = EventHub()
        self.events = NodeEvents(self.hub, self._mined)
        self.alerts = AlertList()
        self._identity = identity
        self._run = Run()
        self._link = LinkState()
        self._parts = FrameParts(time.monotonic())
        self._report = NodeReport(identity, self._parts, self._run, self._link, self.alerts, self.events.sessions)
        self._control = ControlServer(home, self.hub, ControlOrders(self).handle)
        self._stretch: Stretch | None = None
        self._ending: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._slate = slate
        self._changes = PlanChanges(self, home, identity, self.events, self.alerts)
        self.ear = SourceEar(
            stretch=lambda: self._stretch,
            mined=lambda: self._mined().plan,
            plan_failed=self._changes.failed,
            link=self._link,
            alerts=self.alerts,
            events=self.events,
        )
        self._ends_on_failure = plan.is_started
        self._gap = Gap(self.events)
        self._is_draining = False
        self._failure: MinerConsoleError | None = None
        self._seq = 0

    # --- life -------------------------------------------------------------------------------------------------

    async def run(self) -> int:
        """Run until asked to stop; returns the exit code. Every share found is submitted first."""
        await self._control.start()
        self.events.start(self._identity, self.plan)
        self._continue()
        ticker = asyncio.get_running_loop().create_task(self._tick())
        try:
            self._reconcile()
            await self._stop.wait()
            self._changes.ended(self._run.reason)
            await self._end_mining()
        finally:
            ticker.cancel()
            await asyncio.gather(ticker, return_exceptions=True)
            self.events.end(self._run)
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
        if self._stretch is not None and self._stretch.crew is not None:
            self._stretch.crew.reap()

    def start_mining(self) -> None:
        """From idle or failed: prepare and mine as the plan says."""
        self._ends_on_failure = False
        self._leave_failure()
        self._want(is_started=True)

    def stop_mining(self) -> None:
        """Drain and become idle; memory and workers are released, the Supervisor stays."""
        self._gap.forget()
        self._want(is_started=False)

    # --- the plan and what runs -------------------------------------------------------------------------------

    def follow_plan(self, plan: Plan) -> None:
        """Do what `plan` says from now on, also after a failure: live where that can be, else in a new stretch."""
        self._ends_on_failure = False
        self._leave_failure()
        self._set_plan(plan)
        self._reconcile()

    def look(self, verification: Verification) -> Look:
        """How far the plan is."""
        return verification.look(self.plan, self._stretch, self._link, time.monotonic())

    def _want(self, **changes: object) -> None:
        """A person changed the plan itself, not what a console may have put to the test."""
        self._set_plan(msgspec.structs.replace(self.plan, **changes))
        self._changes.amended(**changes)
        self._reconcile()

    def _set_plan(self, plan: Plan) -> None:
        self.plan = plan
        if self._slate is not None:
            self._slate.write(SlatedPlans(plan, self._changes.good, is_changed=not self._ends_on_failure))

    def _continue(self) -> None:
        """After a crash of the Supervisor before: go on with its test of a plan, if there was one."""
        before = self._slate.read() if self._slate is not None else None
        if before is not None:
            self._ends_on_failure = not before.is_changed
        self._changes.begin(before)
        self._set_plan(self.plan)

    def _reconcile(self) -> None:
        """Take the steps from what runs to what is wanted. The end of a stretch calls it again."""
        if self._ending is not None or self._stop.is_set():
            return
        stretch = self._stretch
        steps = steps_between(stretch.plan if stretch is not None else None, self.plan)
        if stretch is None:
            if Step.START in steps and self._failure is None:
                self._stretch = self._begin()
        elif stretch.has_failed or Step.STOP in steps:
            self._ending = asyncio.get_running_loop().create_task(self._end_mining())
        else:
            try:
                stretch.follow(self.plan)
            except MinerConsoleError as error:
                self._fail(error)

    def _begin(self) -> Stretch:
        self._parts.hashing_begins()
        stretch = Stretch(
            self.plan,
            self.home,
            self._run,
            alerts=self.alerts,
            rate_hps=lambda: self._parts.rates().s10,
            events=StretchEvents(
                dispatcher=DispatcherEvents(
                    job=self._job_given,
                    share=self._share_ended,
                    invalid=self._candidate_invalid,
                    preparing=self._preparing,
                    overrun=lambda sentence: self.events.log("warning", sentence),
                ),
                worker=self.events.worker,
                log=self.events.log,
                failed=self._fail,
                source_refused=self._fail,
                source_changed=self._source_changed,
            ),
        )
        stretch.start(self.ear)
        return stretch

    def _fail(self, error: MinerConsoleError) -> None:
        """A plan under test is taken back. Otherwise the first plan of a command line ends the run; later the Node has
        failed, and stays for another plan."""
        if self._changes.failed(error):
            return
        self._failure = error
        self.alerts.raise_(error.code, "error", error.sentence)
        self.events.log("error", error.sentence)
        if self._ends_on_failure:
            self.request_stop(error.sentence, error.exit_code)
        elif self._stretch is not None:
            self._stretch.has_failed = True
            self._reconcile()

    def _leave_failure(self) -> None:
        if self._failure is not None:
            self.alerts.lower(self._failure.code)
            self._failure = None

    async def _end_mining(self) -> None:
        """End the stretch, add it up, and begin the next one where the plan wants it."""
        if self._ending is not None and asyncio.current_task() is not self._ending:
            await self._ending
        stretch, facts = self._stretch, facts_of(self._stretch)
        self._is_draining = stretch is not None
        try:
            if stretch is not None:
                self._show()
                await stretch.end()
        finally:
            if stretch is not None:
                self._count(stretch)
            self._stretch = None
            self._is_draining = False
            self._ending = None
            self._count_sessions(facts)
            self._give_back_pages()
            for code in _OF_A_STRETCH:
                self.alerts.lower(code)
            self._reconcile()
            if self._stretch is not None:
                self._show()

    def _count(self, stretch: Stretch) -> None:
        totals = stretch.totals
        self._run.add(totals)
        if self.plan.is_started:
            self._gap.stretch_ended(totals)

    def _count_sessions(self, facts: SessionFacts | None) -> None:
        """Sessions of a source that is left; nothing is known of the next one."""
        self._run.reauths += facts.reauths if facts is not None else self._link.reauths
        self._run.failovers += facts.failovers if facts is not None else 0
        self._link.reset()

    def _give_back_pages(self) -> None:
        sentence = restore_overcommit(self.home)
        if sentence:
            self.events.log("info", sentence)

    def _source_changed(self, before: SessionFacts | None) -> None:
        self._count_sessions(before)
        self.alerts.lower("source_down")

    # --- what the dispatcher and the Crew say -----------------------------------------------------------------

    def _mined(self) -> Mined:
        plan = self._stretch.mined if self._stretch is not None else self.plan
        return Mined(plan, facts_of(self._stretch))

    def _job_given(self, job: Job) -> None:
        self.events.job(job, endpoint_of(self._stretch))

    def _share_ended(self, share: Share, outcome: Outcome, job_age_s: float) -> None:
        self.events.share(share, outcome, job_age_s)
        if self.plan.shares is not None and self._run.tally.accepted >= self.plan.shares:
            self.request_stop(f"{self.plan.shares} shares accepted")

    def _candidate_invalid(self, core: int, sentence: str) -> None:
        self.alerts.raise_(f"wrong_hash_core_{core}", "error", f"core {core}: {sentence}")

    def _preparing(self, is_preparing: bool) -> None:
        crew = self._stretch.crew if self._stretch is not None else None
        if not is_preparing and crew is not None and crew.is_seed_ready:
            self._parts.hashing_begins()
            self._run.dataset_seconds = crew.dataset_seconds
            gap = f", hashing paused for {crew.seed_gap_s:.2f} s" if crew.seed_gap_s is not None else ""
            kind = crew.memory.kind if crew.settings.is_fast else "light mode"
            if crew.dataset_seconds is not None:
                self.events.log("info", f"seed ready in {crew.dataset_seconds:.1f} s ({kind}){gap}")

    # --- orders from people -----------------------------------------------------------------------------------

    def pause(self) -> None:
        """Stop hashing, stay connected."""
        self._want(is_paused=True)

    def resume(self) -> None:
        """Hash again."""
        self._parts.hashing_begins()
        self._want(is_paused=False)

    def set_intensity(self, percent: int, source: str) -> None:
        """Change the share of time of all cores, live. Raises PinnedError."""
        self._change("INTENSITY", source, intensity=percent)

    def set_cores(self, cores: tuple[int, ...], source: str) -> None:
        """Change the cores, live: the others keep hashing. Raises PinnedError."""
        self._change("CORES", source, cores=cores)

    def _change(self, key: str, source: str, **changes: object) -> None:
        check_unpinned(self.plan, key, source)
        plan = noted(self.plan, key, source)
        self._want(**changes, pins=plan.pins, sources=plan.sources)

    def change_algorithm(self, name: str, coin: str | None, source: str) -> None:
        """Mine another algorithm, where the jobs are our own. Raises MinerConsoleError."""
        self._changes.change_algorithm(name, coin, source)

    def apply_plan(
        self, data: bytes, signature: bytes, *, is_start: bool = False, limit_s: float = VERIFY_S
    ) -> Followed:
        """Follow the signed plan of a console, test it, and go back when it does not hold in `limit_s` (beside the time
        for building memory). `is_start`: begin to mine as well. Raises MinerConsoleError."""
        return self._changes.apply(data, signature, is_start=is_start, limit_s=limit_s)

    @property
    def followed(self) -> Followed:
        """The console's plan that was followed last, and how far it got."""
        return self._changes.followed

    def crew_pids(self) -> dict[str, int]:
        """The hashing processes by name."""
        crew = self._stretch.crew if self._stretch is not None else None
        return crew.pids if crew is not None else {}

    # --- the Node now -----------------------------------------------------------------------------------------

    @property
    def state(self) -> tuple[str, str]:
        """The Node's state and the reason for it."""
        if self._failure is not None:
            return "failed", self._failure.sentence
        if self._is_draining:
            return "draining", "submitting the last shares"
        if self._stretch is None:
            return "idle", "stopped"
        return self._stretch.state(self._link.cause)

    def frame(self) -> Frame:
        """The Node as a Frame."""
        return self._report.frame(self.plan, self._stretch, seq=self._seq, state=self.state)

    # --- rounds -----------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Keep the rounds going; should they break, end with a named reason instead of standing still."""
        try:
            await keep_pace(self._round, self._show)
        except Exception as error:
            self._failure = unexpected(error)
            self.events.log("error", self._failure.sentence)
            self.request_stop(self._failure.sentence, self._failure.exit_code)
            raise

    def _round(self) -> None:
        self._changes.round()
        stretch, duration_s = self._stretch, self.plan.duration_s
        if stretch is None:
            return
        stretch.round()
        self._gap.tell(stretch)
        if duration_s is not None and self._run.seconds + stretch.hashing_s(time.monotonic()) >= duration_s:
            self.request_stop(f"the duration of {duration_s:g} s is over")

    def _show(self) -> None:
        crew = self._stretch.crew if self._stretch is not None else None
        if crew is not None and crew.hashes:  # before its first hash a rate would be nought, and it is unknown
            self._parts.sample(crew, time.monotonic(), self.plan.intensity)
        self._seq += 1
        self.hub.emit_frame(self.frame())
