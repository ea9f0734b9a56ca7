"""Crew: the hashing side of one Node: memory, Host, Core workers and Verifier of one algorithm.

Owns the boards and joins the parts; knows nothing of pools, jobs' meaning or Django. One round (`round()`) reconciles
the wanted workers with the living ones; it runs after every event and on every tick of the owner.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from mining.engine.boards import BoardJob, Command, Counter, CounterBoard, WorkBoard
from mining.engine.crew.faults import CoreFaults
from mining.engine.crew.host import CrewHost
from mining.engine.crew.parking import CrewParking
from mining.engine.crew.pipes import CandidatePipes
from mining.engine.crew.seeds import CrewSeeds
from mining.engine.crew.settings import CrewEvents, CrewSettings
from mining.engine.crew.slots import Slot, living
from mining.engine.host_messages import HostEvent, Order
from mining.engine.memory import DatasetMemory, transparent_pages
from mining.engine.reconcile import AskExit, Signal, SlotView, StartWorker, reconcile_slot
from mining.engine.verifier_link import VerifierLink

_END_S = 1.0


class Crew:
    """The workers of one algorithm over one memory."""

    def __init__(self, settings: CrewSettings, events: CrewEvents, *, cpus: Iterable[int]) -> None:
        self.settings = settings
        self._events = events
        self.slots = [Slot(index, core) for index, core in enumerate(sorted(cpus))]
        self._by_core = {slot.core: slot for slot in self.slots}
        self.work = WorkBoard.create(len(self.slots))
        self.counters = CounterBoard.create(len(self.slots))
        self.verifier = VerifierLink()
        self._pipes = CandidatePipes(events.candidate)
        self._faults = CoreFaults(self.slots, self.counters, events, family=settings.algorithm.family)
        self._host = CrewHost(
            settings,
            events,
            work=self.work,
            counters=self.counters,
            on_event=self._host_event,
            on_gone=self._host_gone,
            on_free=self.round,
        )
        self._parking = CrewParking(self.slots, work=self.work, counters=self.counters, host=self._host)
        self._seeds = CrewSeeds(self._host, self.work, silence=self._parking.silence, threads=lambda: len(self.wanted))
        self._thp_pages = 0
        self._is_running = True

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the memory and spawn the Host. Raises CannotStartError when HUGE_PAGES=on cannot be met."""
        self._host.start()

    async def stop(self) -> None:
        """End all workers, the Verifier and the Host; free the memory. What the workers found is in the pipes first."""
        self._host.is_ending = True
        for slot in self.slots:
            slot.is_wanted = False
            self.work.write_command(slot.slot, Command.EXIT)
        await self._host.until(lambda: not living(self.slots), _END_S)
        for slot in self.slots:
            self._pipes.drain(slot)
        self.verifier.close()
        await self._host.end()
        children = self._host.children
        children.collect_later(slot.pid for slot in living(self.slots))
        await self._host.until(lambda: not children.is_any_uncollected_alive, _END_S)
        self.reap()
        self._pipes.close()
        self._host.free_memory()
        self.work.close()
        self.counters.close()

    def reap(self) -> None:
        """Collect exited children that this Crew knows: its Host, and what a dead Host left to us."""
        self._host.reap()

    # --- orders -----------------------------------------------------------------------------------------------

    def set_cores(self, cores: Iterable[int]) -> None:
        """Choose the cores that shall hash; others end after their hash in flight."""
        chosen = set(cores)
        for slot in self.slots:
            slot.choose(slot.core in chosen)
        self.round()

    def set_intensity(self, percent: int) -> None:
        """Share of time for every core, 0..100 percent; 0 stops hashing and keeps the workers."""
        for slot in self.slots:
            self.work.write_intensity(slot.slot, percent)

    def set_running(self, is_running: bool) -> None:
        """Let the workers hash, or park them (paused)."""
        self._is_running = is_running
        self.round()

    def publish(self, job: BoardJob) -> None:
        """Give a job to the workers; its leases stand already."""
        self.work.publish(job)
        self.round()

    async def prepare(self, seed: bytes, *, is_forced: bool = False) -> None:
        """Make the memory ready for `seed`: park the workers, rebuild with all cores, let them go on.

        Returns when hashing may begin. The gap of a change is measured (`seed_gap_s`). `is_forced`: also when the
        memory holds that seed already.
        """
        await self._seeds.prepare(seed, is_forced=is_forced)
        self.round()

    async def settle(self) -> bool:
        """Park all workers and wait until everything hashed is counted and every candidate is read."""
        self.set_running(False)
        late = await self._parking.park()
        for slot in self.slots:
            self._pipes.drain(slot)
        return not late

    def wrong_hash(self, core: int) -> None:
        """Count a candidate of `core` that our own re-hash disproved; three quarantine the core.

        One that our kernel computed only ends its worker: the next one hashes with the fallback.
        """
        slot = self._by_core[core]
        if not self._faults.wrong_hash(slot):
            return
        self.work.forbid_kernel(slot.slot)
        if slot.pid and slot.asked_to_end_at is None:
            self.work.write_command(slot.slot, Command.EXIT)
            slot.asked_to_end_at = time.monotonic()

    # --- the round --------------------------------------------------------------------------------------------

    def round(self) -> None:
        """Reconcile wanted workers with living ones."""
        if self._host.is_ending:
            return
        now = time.monotonic()
        for slot in self.slots:
            self._faults.tell_kernel_trouble(slot)
            match reconcile_slot(self._view(slot, now), now, silence_s=self.settings.silence_s):
                case StartWorker():
                    self._start_worker(slot, now)
                case AskExit():
                    self.work.write_command(slot.slot, Command.EXIT)
                    slot.asked_to_end_at = now
                case Signal(number=number):
                    self._host.order(Order("kill_worker", slot=slot.slot, signal=number))
                    slot.asked_to_end_at = now
                    slot.was_termed = True
                    self._events.log("warning", f"core {slot.core} gives no sign of life, sent {number.name}")
                case None:
                    pass
            if slot.pid and slot.is_wanted and slot.asked_to_end_at is None:
                self._let_go(slot)
        self._keep_verifier()

    def _view(self, slot: Slot, now: float) -> SlotView:
        beat_ns = self.counters.read(slot.slot, Counter.BEAT_NS)
        can_fork = self._host.is_ready and self._seeds.is_memory_ready and not self._host.children.orphans
        return SlotView(
            slot=slot.slot,
            is_wanted=slot.is_wanted and not slot.is_quarantined,
            is_ready=can_fork and not slot.is_starting,
            is_alive=bool(slot.pid),
            start_at=slot.start_at,
            silent_s=now - max(beat_ns / 1e9, slot.started_at),
            asked_to_end_s=None if slot.asked_to_end_at is None else now - slot.asked_to_end_at,
            was_termed=slot.was_termed,
        )

    def _start_worker(self, slot: Slot, now: float) -> None:
        pipe = self._pipes.open(slot)
        slot.start_ordered(now, self.counters.read(slot.slot, Counter.HASHES))
        self._let_go(slot)
        self._host.order(Order("start_worker", slot=slot.slot, core=slot.core), fd=pipe)

    def _let_go(self, slot: Slot) -> None:
        """Tell the worker to hash, or to park while paused or while the memory is being rewritten."""
        is_go = self._is_running and self.is_seed_ready
        self.work.write_command(slot.slot, Command.RUN if is_go else Command.PARK)

    def _keep_verifier(self) -> None:
        if self._host.is_ready and self._seeds.has_cache:
            if not self.verifier.has_channel(self.epoch):
                theirs = self.verifier.open(self.epoch)
                self._host.order(Order("start_verifier", epoch=self.epoch), fd=theirs.fileno())
                theirs.close()
            self.verifier.retire(self.epoch)
        if self.verifier.oldest_wait_s(time.monotonic()) > self.settings.silence_s:
            self._host.children.kill_verifiers()  # its end closes the channel, and the next one is asked again

    # --- events of the Host -----------------------------------------------------------------------------------

    def _host_event(self, event: HostEvent) -> None:
        match event.event:
            case "ready":
                self._seeds.host_new()
                if self.is_seed_ready and self.memory.is_shared:
                    self.round()  # workers first: the dataset is alive; the cache for the Verifier follows
                self._seeds.order()
            case "progress":
                self._seeds.progress = event.done
            case "seed_ready":
                if self._seeds.take(event):
                    self._thp_pages = transparent_pages(self._host.pid) if self.memory.is_transparent else 0
                    self._host.has_worked()
            case "worker_started":
                slot = self.slots[event.slot]
                slot.started(event.pid)
                self._events.worker(slot.core, "starting", "", slot.restarts)
            case "worker_exited":
                self._worker_exited(self.slots[event.slot], event)
            case "failed":
                self._events.log("error", event.sentence)
                if self.is_seed_ready:
                    self._host.kill()  # without its cache nothing could be verified: a new Host tries again
                else:
                    self._events.failed(event.sentence)
            case _:
                pass
        self.round()

    def _worker_exited(self, slot: Slot, event: HostEvent) -> None:
        was_asked = self._host.is_ending or (slot.asked_to_end_at is not None and not slot.was_termed)
        slot.ended()
        self._pipes.drain(slot)
        self._faults.worker_exited(slot, event, was_asked=was_asked)

    def _host_gone(self) -> None:
        self._seeds.host_gone()
        self._host.children.adopt(slot.pid for slot in living(self.slots))
        for slot in self.slots:
            slot.host_gone()

    # --- what it holds and counts -----------------------------------------------------------------------------

    @property
    def wanted(self) -> list[Slot]:
        """Slots that shall hash."""
        return [slot for slot in self.slots if slot.is_wanted and not slot.is_quarantined]

    @property
    def pids(self) -> dict[str, int]:
        """The processes by name, for status and tests."""
        verifiers = self._host.children.verifiers
        verifier = {"verifier": max(verifiers)} if verifiers else {}
        return {"host": self._host.pid, **{f"core {slot.core}": slot.pid for slot in living(self.slots)}, **verifier}

    @property
    def memory(self) -> DatasetMemory:
        """The dataset's memory."""
        return self._host.memory

    @property
    def seed(self) -> bytes | None:
        """The seed that the memory holds or is being made ready for."""
        return self._seeds.seed

    @property
    def epoch(self) -> int:
        """The serial number of that seed here, 0 before the first."""
        return self._seeds.epoch

    @property
    def is_seed_ready(self) -> bool:
        """Whether workers may hash jobs of the current epoch."""
        return self._seeds.is_ready

    @property
    def is_rebuilding(self) -> bool:
        """Whether workers wait for memory: a new seed, or a Host that died with what it held."""
        return self._seeds.is_rebuilding

    @property
    def progress(self) -> float | None:
        """How far a dataset that is being computed is, 0..1."""
        return self._seeds.progress

    @property
    def dataset_seconds(self) -> float | None:
        """How long the last seed took to compute; None for an algorithm that knows no seed."""
        return self._seeds.dataset_seconds if self.settings.algorithm.has_modes else None

    @property
    def seed_gap_s(self) -> float | None:
        """How long hashing paused at the last change of the seed."""
        return self._seeds.seed_gap_s

    @property
    def hashes(self) -> int:
        """Hashes since the Crew was made, absolute."""
        return sum(self.counters.read(slot.slot, Counter.HASHES) for slot in self.slots)

    @property
    def first_hash_at(self) -> float:
        """When the first hash was finished, monotonic seconds; now when there is none yet."""
        stamps = [self.counters.read(slot.slot, Counter.FIRST_HASH_NS) for slot in self.slots]
        return min((stamp / 1e9 for stamp in stamps if stamp), default=time.monotonic())

    @property
    def last_hash_at(self) -> float | None:
        """When the last hash was finished, monotonic seconds; None when there is none yet."""
        stamps = [self.counters.read(slot.slot, Counter.LAST_HASH_NS) for slot in self.slots]
        return max((stamp / 1e9 for stamp in stamps if stamp), default=None)

    @property
    def restarts(self) -> int:
        """Workers forked in place of dead ones."""
        return sum(slot.restarts for slot in self.slots)

    @property
    def huge_pages_got(self) -> int:
        """2 MiB pages in use: the dataset's and those of the scratchpads."""
        pads = sum(self.counters.read(slot.slot, Counter.HUGE_SCRATCHPAD) for slot in self.slots if slot.pid)
        return pads + (self._thp_pages if self.memory.is_transparent else self.memory.huge_pages)
