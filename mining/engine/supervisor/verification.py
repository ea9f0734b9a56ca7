"""Verification: whether a Node does what its plan says. Looks at a stretch of mining; changes nothing.

Verified means: every core of the plan has counted a hash for a job of the plan's own source, and the session that gave
it is there. A plan that is stopped or paused is verified in that state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mining.engine.boards import Counter
from mining.engine.crew import Crew, Slot
from mining.engine.jobs import Link
from mining.engine.plan import Plan
from mining.engine.plan_change import VERIFY_S, steps_between
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.link_state import LinkState
from mining.engine.supervisor.stretch import Stretch
from mining.errors import CannotStartError, ConfigurationError, MinerConsoleError

_WRONG_ALGORITHM = "wrong_algorithm"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: verified, failed for good, or what is still waited for. Memory that is being built takes no
    time from the limit."""

    is_verified: bool = False
    failure: MinerConsoleError | None = None
    waiting_for: str = ""
    is_building: bool = False


@dataclass(slots=True)
class Verification:
    """One plan under test. `limit_s`: how long it may take, beside the time for building memory."""

    limit_s: float = VERIFY_S
    _spent_s: float = 0.0
    _looked_at: float | None = None
    _seen: dict[int, int] = field(default_factory=dict)

    def look(self, plan: Plan, stretch: Stretch | None, link: LinkState, now: float) -> Look:
        """Look again; a plan that was waited for too long has failed."""
        passed_s, self._looked_at = now - (self._looked_at or now), now
        found = self._look(plan, stretch, link)
        if found.is_building:
            return found
        self._spent_s += passed_s
        if found.is_verified or found.failure is not None or self._spent_s < self.limit_s:
            return found
        sentence = f"The plan did not hold within {self.limit_s:g} s: {found.waiting_for}"
        return Look(failure=MinerConsoleError(sentence, code="not_verified"))

    def _look(self, plan: Plan, stretch: Stretch | None, link: LinkState) -> Look:
        if stretch is None:
            return Look(is_verified=not plan.is_started, waiting_for="mining has not begun")
        if steps_between(stretch.plan, plan):
            return Look(waiting_for="what ran before has not ended", is_building=True)
        crew, relay, dispatcher = stretch.crew, stretch.source, stretch.dispatcher
        if crew is None or relay is None or dispatcher is None:
            return Look(waiting_for="the library is being checked", is_building=True)
        if relay.is_changing:
            return _of_session(relay.next_facts, relay.next_cause or "the pool or daemon has given no job yet")
        if crew.is_rebuilding:
            return Look(waiting_for="the memory is being built", is_building=True)
        current = dispatcher.current
        if current is None or current.generation <= stretch.source_since or link.link is not Link.READY:
            return _of_session(relay.facts, link.cause or f"{relay.endpoint} has given no job yet")
        if plan.is_paused or plan.intensity == 0:
            return Look(is_verified=True)
        return self._of_cores(plan, crew, since=stretch.source_since)

    def _of_cores(self, plan: Plan, crew: Crew, *, since: int) -> Look:
        by_core = {slot.core: slot for slot in crew.slots}
        missing = [core for core in plan.cores if core not in by_core]
        if missing:
            return Look(failure=ConfigurationError(f"Core {missing[0]} does not exist or is not allowed here"))
        late = [slot for core in plan.cores if not self._has_hashed(slot := by_core[core], crew, since)]
        for slot in late:
            if slot.is_quarantined:
                return Look(failure=CannotStartError(f"Core {slot.core} computes wrong hashes", code="self_test"))
        if late:
            return Look(waiting_for=f"core {late[0].core} has not hashed")
        return Look(is_verified=True)

    def _has_hashed(self, slot: Slot, crew: Crew, since: int) -> bool:
        """Whether a core has counted a hash since it was first seen at work on a job of this plan."""
        if not slot.pid or crew.counters.read(slot.slot, Counter.GENERATION) <= since:
            return False
        hashes = crew.counters.read(slot.slot, Counter.HASHES)
        return hashes > self._seen.setdefault(slot.slot, hashes)


def _of_session(facts: SessionFacts | None, waiting_for: str) -> Look:
    """Waiting for a job; a pool that mines another algorithm will never give one."""
    if facts is not None and facts.last_code == _WRONG_ALGORITHM:
        return Look(failure=ConfigurationError(waiting_for, code=_WRONG_ALGORITHM))
    return Look(waiting_for=waiting_for)
