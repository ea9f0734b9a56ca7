"""LeaseGrants: keeps every wanted slot supplied with leases of one generation: the one it works on and the next."""

from __future__ import annotations

from mining.engine.boards import Counter, Lease
from mining.engine.crew import Crew
from mining.engine.leases import NonceLedger


class LeaseGrants:
    """The leases given out for one generation."""

    def __init__(self, crew: Crew, generation: int, ledger: NonceLedger) -> None:
        self._crew = crew
        self._generation = generation
        self._ledger = ledger
        self._granted: dict[int, int] = {}

    def top_up(self) -> bool:
        """Grant what is missing; False once the nonce space is used up and a core goes without. Cheap."""
        counters = self._crew.counters
        for slot in self._crew.wanted:
            is_current = counters.read(slot.slot, Counter.GENERATION) == self._generation
            working_on = counters.read(slot.slot, Counter.LEASE) if is_current else -1
            while self._granted.get(slot.slot, -1) < max(1, working_on + 1):
                taken = self._ledger.take()
                if taken is None:
                    return False
                serial = self._granted.get(slot.slot, -1) + 1
                self._granted[slot.slot] = serial
                self._crew.work.write_lease(slot.slot, Lease(self._generation, serial, taken[0], taken[1]))
        return True
