"""Crew: the hashing side of one Node: dataset memory, Host, Core workers and Verifier of one algorithm.

Owns pids, boards and pipes; knows nothing of pools, jobs' meaning or Django. One round (`round()`) reconciles the
wanted workers with the living ones; it runs after every event and on every tick of the owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mining.algorithms.registry import Algorithm
from mining.engine.boards import BoardJob, Command, Counter, CounterBoard, Probe, WorkBoard
from mining.engine.host import HostEvent, Order
from mining.engine.host_link import HostLink
from mining.engine.memory import DatasetMemory, create_dataset_memory
from mining.engine.processes import is_alive
from mining.engine.reconcile import (
    SILENCE_S,
    AskExit,
    Signal,
    SlotView,
    StartWorker,
    reconcile_slot,
    restart_delay_s,
)
from mining.engine.verifier_link import VerifierLink
from mining.engine.worker import CANDIDATE, WorkerExit

_SETTLE_S = 3.0
_HOST_DEATHS = 5
_QUARANTINE_AFTER = 3


@dataclass(frozen=True, slots=True)
class CrewSettings:
    """What a Crew is made for. `large_pages`: scratchpads on hugetlb pages where there are some. `jit`: see
    RandomXLibrary."""

    library: Path
    algorithm: Algorithm
    is_fast: bool
    huge_pages: str
    priority: str
    large_pages: bool
    why_no_hugetlb: str = ""
    jit: str = "writable"
    native: Path | None = None
    silence_s: float = SILENCE_S


@dataclass(slots=True)
class Slot:
    """One logical CPU and its worker."""

    slot: int
    core: int
    is_wanted: bool = False
    pid: int = 0
    read_fd: int = -1
    write_fd: int = -1
    start_at: float = 0.0
    started_at: float = 0.0
    is_starting: bool = False
    hashes_at_start: int = 0
    failures: int = 0
    mismatches: int = 0
    wrong_hashes: int = 0
    restarts: int = 0
    asked_to_end_at: float | None = None
    was_termed: bool = False
    is_quarantined: bool = False
    last_exit: str = ""


@dataclass(slots=True)
class CrewEvents:
    """What the owner is told; every one returns at once."""

    candidate: Callable[[int, int, int, bytes], None]
    worker: Callable[[int, str, str, int], None] = field(default=lambda core, state, exit_text, restarts: None)
    log: Callable[[str, str], None] = field(default=lambda level, sentence: None)
    failed: Callable[[str], None] = field(default=lambda sentence: None)


class Crew:
    """The workers of one algorithm over one memory."""

    def __init__(self, settings: CrewSettings, events: CrewEvents, *, cpus: Iterable[int]) -> None:
        self.settings = settings
        self._events = events
        self.slots = [Slot(index, core) for index, core in enumerate(sorted(cpus))]
        self._by_core = {slot.core: slot for slot in self.slots}
        self.work = WorkBoard.create(len(self.slots))
        self.counters = CounterBoard.create(len(self.slots))
        self.memory = DatasetMemory("none", -1)
        self.verifier = VerifierLink()
        self._host = HostLink(on_event=self._host_event, on_gone=self._host_gone)
        self._is_host_ready = False
        self._host_deaths = 0
        self._orphans: set[int] = set()
        self._verifiers: set[int] = set()
        self._uncollected: set[int] = set()
        self.epoch = 0
        self._built_epoch = 0
        self._cache_epoch = 0
        self._ordered_epoch = 0
        self._thp_pages = 0
        self.seed: bytes | None = None
        self._seed_ready: asyncio.Future[HostEvent] | None = None
        self._is_ending = False
        self._is_running = True
        self.progress: float | None = None
        self.dataset_seconds: float | None = None
        self.seed_gap_s: float | None = None
        self.host_restarts = 0

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the memory and spawn the Host. Raises CannotStartError when HUGE_PAGES=on cannot be met."""
        if self.settings.is_fast:
            self.memory = create_dataset_memory(self.settings.huge_pages, why_no_hugetlb=self.settings.why_no_hugetlb)
        self._spawn_host()

    def _spawn_host(self) -> None:
        self._is_host_ready = False
        self._host.spawn(
            library=self.settings.library,
            algorithm=self.settings.algorithm.number,
            is_fast=self.settings.is_fast,
            memory=self.memory,
            work=self.work,
            counters=self.counters,
            large_pages=self.settings.large_pages,
            priority=self.settings.priority,
            jit=self.settings.jit,
            native=self.settings.native,
        )

    async def stop(self) -> None:
        """End all workers, the Verifier and the Host; free the memory. What the workers found is in the pipes first."""
        self._is_ending = True
        for slot in self.slots:
            slot.is_wanted = False
            self.work.write_command(slot.slot, Command.EXIT)
        await self._until(lambda: not self._living(), 1.0)
        for slot in self.slots:
            self._drain_pipe(slot)
        self.verifier.close()
        await self._host.end()
        self._uncollected |= self._known_pids()
        await self._until(lambda: not [pid for pid in self._uncollected if is_alive(pid)], 1.0)
        self.reap()
        for slot in self.slots:
            self._close_pipe(slot)
        if self.memory.fd >= 0:
            os.close(self.memory.fd)
        self.work.close()
        self.counters.close()

    @property
    def is_rebuilding(self) -> bool:
        """Whether workers wait for memory: a new seed, or a Host that died with what it held."""
        return self.epoch > 0 and not self.is_seed_ready

    def _known_pids(self) -> set[int]:
        return self._orphans | self._verifiers | {slot.pid for slot in self.slots if slot.pid}

    async def _until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if time.monotonic() > deadline:
                return False
            self.reap()
            await asyncio.sleep(0.005)
        return True

    def reap(self) -> None:
        """Collect exited children that this Crew knows: its Host, and what a dead Host left to us."""
        self._host.reap()
        self._uncollected = {pid for pid in self._uncollected if not _is_collected(pid)}
        self._orphans = {pid for pid in self._orphans if is_alive(pid)}

    # --- orders -----------------------------------------------------------------------------------------------

    def set_cores(self, cores: Iterable[int]) -> None:
        """Choose the cores that shall hash; others end after their hash in flight."""
        chosen = set(cores)
        for slot in self.slots:
            if (slot.core in chosen) != slot.is_wanted:
                slot.is_wanted = slot.core in chosen
                slot.failures, slot.start_at = 0, 0.0
                slot.is_quarantined = False
        self.round()

    def set_intensity(self, percent: int) -> None:
        """Share of time for every core, 0..100 percent; 0 stops hashing and keeps the workers."""
        for slot in self.slots:
            self.work.write_intensity(slot.slot, percent)

    def set_running(self, is_running: bool) -> None:
        """Let the workers hash, or park them (paused)."""
        self._is_running = is_running
        self.round()

    @property
    def wanted(self) -> list[Slot]:
        """Slots that shall hash."""
        return [slot for slot in self.slots if slot.is_wanted and not slot.is_quarantined]

    @property
    def pids(self) -> dict[str, int]:
        """The processes by name, for status and tests."""
        verifier = {"verifier": max(self._verifiers)} if self._verifiers else {}
        return {"host": self._host.pid, **{f"core {slot.core}": slot.pid for slot in self._living()}, **verifier}

    def _living(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.pid]

    @property
    def is_seed_ready(self) -> bool:
        """Whether workers may hash jobs of the current epoch."""
        return self.epoch > 0 and self._built_epoch == self.epoch

    def publish(self, job: BoardJob) -> None:
        """Give a job to the workers; its leases stand already."""
        self.work.publish(job)
        self.round()

    # --- seeds ------------------------------------------------------------------------------------------------

    async def prepare(self, seed: bytes) -> None:
        """Make the memory ready for `seed`: park the workers, rebuild with all cores, let them go on.

        Returns when hashing may begin. The gap of a change is measured (`seed_gap_s`).
        """
        if seed == self.seed and self.is_seed_ready:
            return
        is_change = self.is_seed_ready
        began = time.monotonic()
        self.seed = seed
        self.epoch += 1
        self._built_epoch = 0  # from here on nobody is started or told to run
        self._seed_ready = asyncio.get_running_loop().create_future()
        await self._silence_workers()
        self._order_seed()
        event = await self._seed_ready
        self._seed_ready = None
        self.dataset_seconds = event.seconds
        if is_change:
            self.seed_gap_s = time.monotonic() - began
        self.round()

    def _order_seed(self) -> None:
        if not self._is_host_ready or self.seed is None or self._ordered_epoch == self.epoch:
            return
        self._ordered_epoch = self.epoch
        threads = max(1, len(self.wanted))
        is_built = self.memory.is_shared and self._built_epoch == self.epoch
        self._host.order(
            Order("prepare_seed", epoch=self.epoch, seed=self.seed.hex(), threads=threads, is_built=is_built)
        )

    async def _silence_workers(self) -> None:
        """Park (shared memory) or end (otherwise) all workers, so that nobody reads what is rewritten."""
        keep = self.settings.is_fast and self.memory.is_shared
        await self._until(lambda: not any(slot.is_starting for slot in self.slots), _SETTLE_S)
        words = {}
        for slot in self._living():
            words[slot.slot] = self.work.write_command(slot.slot, Command.PARK if keep else Command.EXIT)
            if not keep:
                slot.asked_to_end_at = time.monotonic()
        if keep:
            await self._until(
                lambda: all(
                    self.counters.read(slot.slot, Counter.SETTLED) == words.get(slot.slot) for slot in self._living()
                ),
                _SETTLE_S,
            )
            late = [s for s in self._living() if self.counters.read(s.slot, Counter.SETTLED) != words.get(s.slot)]
        else:
            await self._until(lambda: not self._living(), _SETTLE_S)
            late = self._living()
        for slot in late:
            self._host.order(Order("kill_worker", slot=slot.slot, signal=signal.SIGKILL))
        await self._until(lambda: not [slot for slot in late if slot.pid], _SETTLE_S)

    async def settle(self) -> bool:
        """Park all workers and wait until everything hashed is counted and every candidate is read."""
        self.set_running(False)
        words = {slot.slot: self.work.write_command(slot.slot, Command.PARK) for slot in self._living()}
        is_done = await self._until(
            lambda: all(
                self.counters.read(slot.slot, Counter.SETTLED) == words.get(slot.slot) for slot in self._living()
            ),
            _SETTLE_S,
        )
        for slot in self.slots:
            self._drain_pipe(slot)
        return is_done

    # --- the round --------------------------------------------------------------------------------------------

    def round(self) -> None:
        """Reconcile wanted workers with living ones."""
        if self._is_ending:
            return
        now = time.monotonic()
        for slot in self.slots:
            view = self._view(slot, now)
            match reconcile_slot(view, now, silence_s=self.settings.silence_s):
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
                is_go = self._is_running and self.is_seed_ready
                self.work.write_command(slot.slot, Command.RUN if is_go else Command.PARK)
        self._keep_verifier()

    def _view(self, slot: Slot, now: float) -> SlotView:
        beat_ns = self.counters.read(slot.slot, Counter.BEAT_NS)
        silent_s = now - max(beat_ns / 1e9, slot.started_at)
        is_memory_ready = self.is_seed_ready and (self.memory.is_shared or self._cache_epoch == self.epoch)
        return SlotView(
            slot=slot.slot,
            is_wanted=slot.is_wanted and not slot.is_quarantined,
            is_ready=self._is_host_ready and is_memory_ready and not self._orphans and not slot.is_starting,
            is_alive=bool(slot.pid),
            start_at=slot.start_at,
            silent_s=silent_s,
            asked_to_end_s=None if slot.asked_to_end_at is None else now - slot.asked_to_end_at,
            was_termed=slot.was_termed,
        )

    def _start_worker(self, slot: Slot, now: float) -> None:
        if slot.read_fd < 0:
            slot.read_fd, slot.write_fd = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(slot.read_fd, False)
            asyncio.get_running_loop().add_reader(slot.read_fd, self._drain_pipe, slot)
        slot.is_starting, slot.started_at = True, now
        slot.asked_to_end_at, slot.was_termed = None, False
        slot.hashes_at_start = self.counters.read(slot.slot, Counter.HASHES)
        is_go = self._is_running and self.is_seed_ready
        self.work.write_command(slot.slot, Command.RUN if is_go else Command.PARK)
        self._host.order(Order("start_worker", slot=slot.slot, core=slot.core), fd=slot.write_fd)

    def _keep_verifier(self) -> None:
        if self._is_host_ready and self._cache_epoch == self.epoch and self.epoch:
            if not self.verifier.has_channel(self.epoch):
                theirs = self.verifier.open(self.epoch)
                self._host.order(Order("start_verifier", epoch=self.epoch), fd=theirs.fileno())
                theirs.close()
            self.verifier.retire(self.epoch)
        if self.verifier.oldest_wait_s(time.monotonic()) > self.settings.silence_s:
            for pid in self._verifiers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)  # its end closes the channel, and the next one is asked again

    # --- events of the Host -----------------------------------------------------------------------------------

    def _host_event(self, event: HostEvent) -> None:
        match event.event:
            case "ready":
                self._is_host_ready = True
                self._cache_epoch = self._ordered_epoch = 0
                if self.is_seed_ready and self.memory.is_shared:
                    self.round()  # workers first: the dataset is alive; the cache for the Verifier follows
                self._order_seed()
            case "progress":
                self.progress = event.done
            case "seed_ready":
                self._take_seed(event)
            case "worker_started":
                slot = self.slots[event.slot]
                slot.pid, slot.is_starting = event.pid, False
                self._events.worker(slot.core, "starting", "", slot.restarts)
            case "worker_exited":
                self._worker_exited(event)
            case "verifier_started":
                self._verifiers.add(event.pid)
            case "verifier_exited":
                self._verifiers.discard(event.pid)
            case "failed":
                self._events.log("error", event.sentence)
                if self.is_seed_ready:
                    self._host.kill()  # without its cache nothing could be verified: a new Host tries again
                else:
                    self._events.failed(event.sentence)
            case _:
                pass
        self.round()

    def _take_seed(self, event: HostEvent) -> None:
        if event.epoch != self.epoch:
            return
        probes = [Probe(event.epoch, bytes.fromhex(data), bytes.fromhex(value)) for data, value in event.probes]
        if self._built_epoch != event.epoch:
            self.work.write_probes(probes)
        self._built_epoch = self._cache_epoch = event.epoch
        self._thp_pages = self._transparent_pages()
        self.progress = None
        self._host_deaths = 0
        if self._seed_ready is not None and not self._seed_ready.done():
            self._seed_ready.set_result(event)

    def _worker_exited(self, event: HostEvent) -> None:
        slot = self.slots[event.slot]
        was_asked = slot.asked_to_end_at is not None and not slot.was_termed
        slot.pid, slot.asked_to_end_at, slot.was_termed = 0, None, False
        self._drain_pipe(slot)
        if event.signal:
            with contextlib.suppress(ValueError):
                slot.last_exit = signal.Signals(event.signal).name
        else:
            code = event.exit_code
            slot.last_exit = WorkerExit(code).name.lower() if code in list(WorkerExit) else f"exit {code}"
        if was_asked or not slot.is_wanted or self._is_ending or (not event.signal and not event.exit_code):
            self._events.worker(slot.core, "off", slot.last_exit, slot.restarts)
            return
        self._count_failure(slot, event)
        self._events.worker(slot.core, "failed", slot.last_exit, slot.restarts)

    def _count_failure(self, slot: Slot, event: HostEvent) -> None:
        has_hashed = self.counters.read(slot.slot, Counter.HASHES) > slot.hashes_at_start
        slot.failures = 0 if has_hashed else slot.failures + 1
        slot.restarts += 1
        slot.start_at = time.monotonic() + restart_delay_s(slot.failures)
        if event.exit_code == WorkerExit.PROBE_MISMATCH:
            slot.mismatches += 1
            self.quarantine(slot, f"core {slot.core} computed a wrong hash in its self-test", slot.mismatches)
        elif event.exit_code == WorkerExit.NO_MEMORY:
            self._events.log("error", f"core {slot.core} got no memory for its scratchpad, trying again")

    def wrong_hash(self, core: int) -> None:
        """Count a candidate of `core` that our own re-hash disproved; three quarantine the core."""
        slot = self._by_core[core]
        slot.wrong_hashes += 1
        self.quarantine(slot, f"core {core} reported a hash that our own re-hash disproved", slot.wrong_hashes)

    def quarantine(self, slot: Slot, sentence: str, count: int) -> None:
        """Log one wrong result; after _QUARANTINE_AFTER of them the core hashes no more until it is chosen again."""
        self._events.log("error", f"{sentence} ({count} times)")
        if count >= _QUARANTINE_AFTER and not slot.is_quarantined:
            slot.is_quarantined = True
            self._events.worker(slot.core, "quarantined", slot.last_exit, slot.restarts)
            if not self.wanted:
                self._events.failed("every chosen core computed wrong hashes: check RAM, cooling and overclocking")

    def _host_gone(self) -> None:
        self._is_host_ready = False
        self._cache_epoch = 0
        if not self.memory.is_shared:
            self._built_epoch = 0
        self._uncollected |= self._known_pids()
        self._verifiers.clear()
        for slot in self.slots:
            if slot.pid:
                self._orphans.add(slot.pid)
                slot.restarts += 1
                slot.pid = 0
            slot.is_starting, slot.start_at = False, 0.0
            slot.asked_to_end_at, slot.was_termed = None, False
        if self._is_ending:
            return
        self._host.kill()
        self._host_deaths += 1
        self.host_restarts += 1
        if self._host_deaths > _HOST_DEATHS:
            self._events.failed(f"the Host process ended {self._host_deaths} times in a row")
            return
        self._events.log("warning", "the Host process ended, starting it again")
        loop = asyncio.get_running_loop()
        loop.call_later(restart_delay_s(self._host_deaths - 1), self._respawn_host)

    def _respawn_host(self) -> None:
        if self._is_ending:
            return
        self.reap()
        if not self._host.reap():
            asyncio.get_running_loop().call_later(0.005, self._respawn_host)
            return
        for pid in self._orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._spawn_host()
        self._chase_orphans()

    def _chase_orphans(self) -> None:
        """Wait until the old workers are gone: two processes must never write one row of counters."""
        self.reap()
        if self._orphans and not self._is_ending:
            asyncio.get_running_loop().call_later(0.005, self._chase_orphans)
        else:
            self.round()

    # --- candidates -------------------------------------------------------------------------------------------

    def _drain_pipe(self, slot: Slot) -> None:
        if slot.read_fd < 0:
            return
        while True:
            try:
                data = os.read(slot.read_fd, CANDIDATE.size * 64)
            except BlockingIOError:
                return
            if not data:
                return
            for at in range(0, len(data), CANDIDATE.size):
                _, generation, nonce, result = CANDIDATE.unpack_from(data, at)
                self._events.candidate(slot.core, generation, nonce, result)

    def _close_pipe(self, slot: Slot) -> None:
        if slot.read_fd >= 0:
            asyncio.get_running_loop().remove_reader(slot.read_fd)
            os.close(slot.read_fd)
            os.close(slot.write_fd)
            slot.read_fd = slot.write_fd = -1

    # --- figures ----------------------------------------------------------------------------------------------

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
    def restarts(self) -> int:
        """Workers forked in place of dead ones."""
        return sum(slot.restarts for slot in self.slots)

    @property
    def huge_pages_got(self) -> int:
        """2 MiB pages in use: the dataset's and one per scratchpad."""
        pads = sum(self.counters.read(slot.slot, Counter.HUGE_SCRATCHPAD) for slot in self.slots if slot.pid)
        return self._thp_pages + pads if self.memory.kind.endswith("thp") else self.memory.huge_pages + pads

    def _transparent_pages(self) -> int:
        """2 MiB pages that the kernel really gave the Host where they were only asked for."""
        if not self.memory.kind.endswith("thp"):
            return 0
        try:
            text = Path(f"/proc/{self._host.pid}/smaps_rollup").read_text()
        except OSError:
            return 0
        rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        return sum(int(rows.get(name, "0").split()[0]) for name in ("AnonHugePages", "ShmemPmdMapped")) // 2048


def _is_collected(pid: int) -> bool:
    """Collect `pid` if it has ended and was left to us; True once there is nothing of it any more."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # still a child of the dying Host, or collected by somebody else
        return not os.path.exists(f"/proc/{pid}")
