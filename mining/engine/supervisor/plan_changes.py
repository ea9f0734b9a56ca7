"""PlanChanges: changes of the plan of a running Node that must prove themselves: a console's plan, another algorithm.

Each is followed, then tested; one that does not hold is taken back, and why is told: to the console as receipts, to
people as sentences and an alert. Which processes that takes is the Supervisor's matter.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import msgspec

from mining.configuration.console_plan import follow_console
from mining.configuration.cores import read_machine
from mining.engine.alerts import AlertList
from mining.engine.algorithm_order import plan_with_algorithm
from mining.engine.followed_version import Followed
from mining.engine.pins import pinned_among
from mining.engine.plan import Plan
from mining.engine.plan_change import VERIFY_S, steps_between
from mining.engine.plan_slate import SlatedPlans
from mining.engine.supervisor.console_plans import ConsolePlans
from mining.engine.supervisor.events import NodeEvents
from mining.engine.supervisor.follower import FollowerEvents, PlanFollower
from mining.engine.supervisor.identity import Identity, payee_of
from mining.engine.supervisor.verification import Look, Verification
from mining.errors import MinerConsoleError
from mining.hardware.topology import machine_default_cores

_ROLLED_BACK = "plan_rolled_back"
_HOLDING = ("mining", "paused", "idle")


class PlannedNode(Protocol):
    """What a change of the plan needs of the Supervisor."""

    plan: Plan

    @property
    def state(self) -> tuple[str, str]:
        """The Node's state and the reason for it."""

    def follow_plan(self, plan: Plan) -> None:
        """Do what `plan` says from now on."""

    def look(self, verification: Verification) -> Look:
        """How far the plan is."""


class PlanChanges:
    """Of one Node."""

    def __init__(
        self,
        node: PlannedNode,
        home: Path,
        identity: Identity,
        events: NodeEvents,
        alerts: AlertList,
    ) -> None:
        self._node = node
        self._events = events
        self._alerts = alerts
        self._console = ConsolePlans(home, identity.node_id, events.plan)
        self._follower = PlanFollower(FollowerEvents(receipt=self._receipt, go_back=node.follow_plan))

    # --- orders -----------------------------------------------------------------------------------------------

    def apply(self, data: bytes, signature: bytes, *, is_start: bool = False, limit_s: float = VERIFY_S) -> Followed:
        """Follow the plan of a console. `is_start`: also begin to mine. `limit_s`: how long it may take to hold, beside
        the time for building memory. Raises MinerConsoleError: nothing changed."""
        try:
            document = self._console.open(data, signature)
            if document is None:
                return self._console.followed
            plan = follow_console(
                self._node.plan, document.values, version=document.version, machine=read_machine(), environ=os.environ
            )
            self._console.begin(pinned_among(plan, list(document.values)))
        except MinerConsoleError as error:
            self._console.refuse(error)
            self._events.log("warning", f"a plan of the console was refused: {error.sentence}")
            raise
        self._change(msgspec.structs.replace(plan, is_started=plan.is_started or is_start), limit_s)
        return self._console.followed

    def change_algorithm(self, name: str, coin: str | None, source: str) -> None:
        """Mine another algorithm. Raises MinerConsoleError: nothing changed."""
        before = self._node.plan
        plan = plan_with_algorithm(before, name, coin, source, default_cores=machine_default_cores)
        if plan is not before:
            self._console.replaced()
            self._change(plan, VERIFY_S)

    def _change(self, plan: Plan, limit_s: float) -> None:
        before = self._node.plan
        is_held = not self._follower.is_testing and self._node.state[0] in _HOLDING
        self._follower.began(limit_s)
        self._node.follow_plan(plan)
        if payee_of(plan) != payee_of(before):
            payee = payee_of(plan)
            self._events.log("info", f"mining {plan.coin} to {payee.address_masked}, from {payee.source}")
        if is_held and not steps_between(before if before.is_started else None, plan):
            self._follower.holds(plan)

    def amended(self, **changes: object) -> None:
        """A person changed values live; they stay also when the plan is taken back."""
        self._follower.amended(**changes)

    # --- what becomes of it -----------------------------------------------------------------------------------

    def begin(self, before: SlatedPlans | None) -> None:
        """Begin. `before`: what a Supervisor left that crashed; its test of a plan is gone on with. Without one, a test
        that was cut off has failed: the plan of the start is followed now."""
        try:
            is_testing = self._console.resume()
        except MinerConsoleError as error:
            self._events.log("error", error.sentence)
            return
        if before is not None:
            self._follower.good = before.good
        if is_testing and before is not None:
            self._follower.began()
        elif is_testing:
            self._console.state("failed", "the miner ended before the plan was verified")

    def round(self) -> None:
        """Test what is under test."""
        self._follower.round(self._node.plan, self._node.state[0], self._node.look)

    def failed(self, error: MinerConsoleError) -> bool:
        """Something failed for good. True when it was the plan under test, and the Node went back to the good one."""
        return self._follower.failed(error)

    def ended(self, reason: str) -> None:
        """The Node ends."""
        self._follower.stopped(reason)

    @property
    def good(self) -> Plan | None:
        """The last plan that held."""
        return self._follower.good

    @property
    def followed(self) -> Followed:
        """The console's plan that was followed last; an empty one when that cannot be known."""
        try:
            return self._console.followed
        except MinerConsoleError:
            return Followed()

    def _receipt(self, state: str, reason: str) -> None:
        match state:
            case "verified":
                self._alerts.lower(_ROLLED_BACK)
                self._events.log("info", "the new plan holds")
            case "rolled_back":
                sentence = f"the new plan was taken back: {reason}"
                self._alerts.raise_(_ROLLED_BACK, "warning", sentence)
                self._events.log("error", sentence)
            case "failed":
                self._events.log("error", f"the new plan failed: {reason}")
            case _:
                pass
        self._console.state(state, reason)
