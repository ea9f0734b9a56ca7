"""Gap: how long nothing was hashed between two stretches of mining, told once when the next one hashes."""

from __future__ import annotations

from mining.engine.supervisor.events import NodeEvents
from mining.engine.supervisor.run import StretchTotals
from mining.engine.supervisor.stretch import Stretch


class Gap:
    """Remembers the last hash of the stretch before."""

    def __init__(self, events: NodeEvents) -> None:
        self._events = events
        self._from: tuple[str, float] | None = None

    def stretch_ended(self, totals: StretchTotals) -> None:
        """Another stretch is wanted after this one."""
        if totals.last_hash_at is not None:
            self._from = totals.algorithm, totals.last_hash_at

    def forget(self) -> None:
        """A person stopped: what follows is no gap."""
        self._from = None

    def tell(self, stretch: Stretch) -> None:
        """Tell it once `stretch` has hashed, or is paused."""
        if self._from is None or stretch.crew is None:
            return
        is_hashing = stretch.crew.hashes > 0
        if not is_hashing and stretch.state(None)[0] != "paused":
            return
        (before, last_hash_at), self._from = self._from, None
        gap_s = max(0.0, round(stretch.crew.first_hash_at - last_hash_at, 3)) if is_hashing else None
        if before != stretch.plan.algorithm:
            self._events.algorithm(before, stretch.plan.algorithm, gap_s)
        elif gap_s is not None:
            self._events.log("info", f"the cores hash again, after {gap_s:.2f} s for the change of the plan")
