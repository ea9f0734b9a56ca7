"""CrewParking: brings the workers of a Crew to rest and waits until they are, so that memory may be rewritten."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence

from mining.engine.boards import Command, Counter, CounterBoard, WorkBoard
from mining.engine.crew.host import CrewHost
from mining.engine.crew.slots import Slot, living
from mining.engine.host_messages import Order

_SETTLE_S = 3.0


class CrewParking:
    """Over the slots of one Crew."""

    def __init__(self, slots: Sequence[Slot], *, work: WorkBoard, counters: CounterBoard, host: CrewHost) -> None:
        self._slots = slots
        self._work = work
        self._counters = counters
        self._host = host

    async def park(self) -> list[Slot]:
        """Park all workers, and wait until what they hashed is counted. Returns those that did not settle in time."""
        words = {slot.slot: self._work.write_command(slot.slot, Command.PARK) for slot in living(self._slots)}

        def unsettled() -> list[Slot]:
            settled = {slot.slot: self._counters.read(slot.slot, Counter.SETTLED) for slot in living(self._slots)}
            return [slot for slot in living(self._slots) if settled[slot.slot] != words.get(slot.slot)]

        await self._host.until(lambda: not unsettled(), _SETTLE_S)
        return unsettled()

    async def silence(self) -> None:
        """Park (shared memory) or end (otherwise) all workers, so that nobody reads what is rewritten."""
        await self._host.until(lambda: not any(slot.is_starting for slot in self._slots), _SETTLE_S)
        late = await (self.park() if self._host.memory.is_shared else self._end())
        for slot in late:
            self._host.order(Order("kill_worker", slot=slot.slot, signal=signal.SIGKILL))
        await self._host.until(lambda: not living(late), _SETTLE_S)

    async def _end(self) -> list[Slot]:
        for slot in living(self._slots):
            self._work.write_command(slot.slot, Command.EXIT)
            slot.asked_to_end_at = time.monotonic()
        await self._host.until(lambda: not living(self._slots), _SETTLE_S)
        return living(self._slots)
