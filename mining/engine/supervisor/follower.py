"""PlanFollower: watches a plan that was changed while the Node ran, until it holds or is taken back.

The plan that held last is the good one. A new plan that fails for good, or does not hold within its limit, is rolled
back to it at once; without a good one the Node has failed, and stays, so that another plan can be given. Owns the plan
under test and the good one; the Supervisor owns the plan that is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from mining.engine.plan import Plan
from mining.engine.plan_change import VERIFY_S
from mining.engine.supervisor.verification import Look, Verification
from mining.errors import MinerConsoleError

_GOOD_STATES = ("mining", "paused", "idle")


@dataclass(slots=True)
class FollowerEvents:
    """What the owner is told; every one returns at once. `receipt` gets the state of the plan under test (applied,
    verified, failed, rolled_back) and a reason; `go_back` the plan to follow instead."""

    receipt: Callable[[str, str], None]
    go_back: Callable[[Plan], None]


class PlanFollower:
    """`look` is asked in each round how far the plan under test is."""

    def __init__(self, events: FollowerEvents) -> None:
        self._events = events
        self._test: Verification | None = None
        self.good: Plan | None = None

    @property
    def is_testing(self) -> bool:
        """Whether a plan was applied and has not been verified yet."""
        return self._test is not None

    def began(self, limit_s: float = VERIFY_S) -> None:
        """Another plan is followed from now on, in the place of one that may still be under test. `limit_s`: how long
        it may take to hold, beside the time for building memory."""
        self._test = Verification(limit_s)
        self._events.receipt("applied", "")

    def amended(self, **changes: object) -> None:
        """A person changed values of the plan live: they stay also when it is taken back."""
        if self.good is not None:
            self.good = msgspec.structs.replace(self.good, **changes)

    def round(self, plan: Plan, state: str, look: Callable[[Verification], Look]) -> None:
        """One round: test the plan, or remember a plan that holds as the good one."""
        if self._test is None:
            if state in _GOOD_STATES:
                self.good = plan
            return
        found = look(self._test)
        if found.is_verified:
            self.holds(plan)
        elif found.failure is not None:
            self.failed(found.failure)

    def holds(self, plan: Plan) -> None:
        """The plan under test holds."""
        self._test = None
        self.good = plan
        self._events.receipt("verified", "")

    def failed(self, error: MinerConsoleError) -> bool:
        """The plan under test cannot hold. True when the Node goes back to the good plan."""
        if self._test is None:
            return False
        self._test = None
        if self.good is None:
            self._events.receipt("failed", error.sentence)
            return False
        self._events.go_back(self.good)
        self._events.receipt("rolled_back", error.sentence)
        return True

    def stopped(self, reason: str) -> None:
        """The Node ends while a plan is under test."""
        if self._test is not None:
            self._test = None
            self._events.receipt("failed", f"the Node ended before the plan was verified: {reason}")
