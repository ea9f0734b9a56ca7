"""CrewHost: the Host of one Crew over its restarts, and the dataset memory, which outlives it.

A Host that ended is started again with back-off; the workers it left behind are ended first, because two processes must
never write one row of counters.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from mining.engine.boards import CounterBoard, WorkBoard
from mining.engine.crew.children import CrewChildren
from mining.engine.crew.settings import CrewEvents, CrewSettings
from mining.engine.host_link import HostLink
from mining.engine.host_messages import HostConfig, HostEvent, Order
from mining.engine.memory import DatasetMemory, create_dataset_memory
from mining.engine.reconcile import restart_delay_s

_MOST_DEATHS = 5
_POLL_S = 0.005


class CrewHost:
    """`on_event` gets each HostEvent; `on_gone` is told that a Host ended, `on_free` that its orphans are gone too."""

    def __init__(
        self,
        settings: CrewSettings,
        events: CrewEvents,
        *,
        work: WorkBoard,
        counters: CounterBoard,
        on_event: Callable[[HostEvent], None],
        on_gone: Callable[[], None],
        on_free: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._events = events
        self._work = work
        self._counters = counters
        self._on_event = on_event
        self._on_gone = on_gone
        self._on_free = on_free
        self._link = HostLink(on_event=self._heard, on_gone=self._gone)
        self._deaths = 0
        self.memory = DatasetMemory("none", -1)
        self.children = CrewChildren()
        self.is_ready = False
        self.is_ending = False

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the memory and spawn the Host. Raises CannotStartError when HUGE_PAGES=on cannot be met."""
        settings = self._settings
        if settings.is_fast:
            self.memory = create_dataset_memory(settings.huge_pages, why_no_hugetlb=settings.why_no_hugetlb)
        self._spawn()

    def _spawn(self) -> None:
        self.is_ready = False
        settings, memory = self._settings, self.memory
        config = HostConfig(
            parent_pid=os.getpid(),
            algorithm=settings.algorithm.number,
            link_fd=-1,
            work_fd=self._work.fd,
            counter_fd=self._counters.fd,
            slots=self._work.slots,
            priority=settings.priority,
            library=str(settings.library or ""),
            is_fast=settings.is_fast,
            memory_kind=memory.kind,
            dataset_fd=memory.fd,
            large_pages=settings.large_pages,
            jit=settings.jit,
            native=str(settings.native or ""),
            kernel=str(settings.kernel or ""),
            scrypt_n=settings.algorithm.scrypt_n,
            scratchpad_limit=settings.scratchpad_limit,
            most_lanes=settings.most_lanes,
            wants_huge_pages=settings.huge_pages != "off",
        )
        self._link.spawn(config)

    async def end(self) -> None:
        """End the process for good. `is_ending` is set before, so that it is not started again."""
        await self._link.end()

    def free_memory(self) -> None:
        """Give the dataset's memory back; nobody maps it any more."""
        if self.memory.fd >= 0:
            os.close(self.memory.fd)

    # --- the process ------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Its process id, 0 before the first start."""
        return self._link.pid

    def order(self, order: Order, fd: int | None = None) -> None:
        """Send an order, with a descriptor where it hands one over."""
        self._link.order(order, fd)

    def kill(self) -> None:
        """End the process at once; a new one follows."""
        self._link.kill()

    def has_worked(self) -> None:
        """It did what it is for: deaths are counted from here again."""
        self._deaths = 0

    def reap(self) -> None:
        """Collect exited children that this Crew knows: its Host, and what a dead Host left to us."""
        self._link.reap()
        self.children.reap()

    async def until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait, reaping, until `is_done`; False when `timeout_s` have passed before."""
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if time.monotonic() > deadline:
                return False
            self.reap()
            await asyncio.sleep(_POLL_S)
        return True

    # --- events and restarts ----------------------------------------------------------------------------------

    def _heard(self, event: HostEvent) -> None:
        match event.event:
            case "ready":
                self.is_ready = True
            case "verifier_started":
                self.children.verifiers.add(event.pid)
            case "verifier_exited":
                self.children.verifiers.discard(event.pid)
            case _:
                pass
        self._on_event(event)

    def _gone(self) -> None:
        self.is_ready = False
        self._on_gone()
        if self.is_ending:
            return
        self._link.kill()
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            self._events.failed(f"the Host process ended {self._deaths} times in a row")
            return
        self._events.log("warning", "the Host process ended, starting it again")
        asyncio.get_running_loop().call_later(restart_delay_s(self._deaths - 1), self._respawn)

    def _respawn(self) -> None:
        if self.is_ending:
            return
        self.reap()
        if not self._link.reap():
            asyncio.get_running_loop().call_later(_POLL_S, self._respawn)
            return
        self.children.kill_orphans()
        self._spawn()
        self._chase_orphans()

    def _chase_orphans(self) -> None:
        self.reap()
        if self.children.orphans and not self.is_ending:
            asyncio.get_running_loop().call_later(_POLL_S, self._chase_orphans)
        else:
            self._on_free()
