"""Nodes of a fleet whose plans go nowhere: what a broker would carry is kept, and tests answer for the nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from mining.models import MemberState, Node, NodeAccess, Plan
from mining.services import control, fleet_orders, plans
from mining.services.plans import receipt_record
from tests.support.console import make_node


@dataclass
class FarFleet:
    """`plans`: (node, version) as they were sent; `orders`: (node, order)."""

    plans: list[tuple[str, int]] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)

    def join(self, name: str, *, is_present: bool = True, **fields: Any) -> Node:
        """A node that joined; one that is present was heard just now."""
        node = make_node(name, last_frame_at=timezone.now() if is_present else None, **fields)
        now = timezone.now()
        NodeAccess.objects.create(
            node=node, state=MemberState.MEMBER, state_at=now, joined_at=now, password_digest="0" * 64
        )
        return node

    def answer(self, node: Node, state: str, reason: str = "") -> None:
        """The node's receipt for the plan that it was sent last."""
        plan = Plan.objects.filter(node=node).order_by("-version").first()
        assert plan is not None
        assert receipt_record(
            node, version=plan.version, digest=plan.digest, state=state, reason=reason, at=timezone.now()
        )

    def versions(self, node: Node) -> list[int]:
        """The versions that were sent to it."""
        return [version for name, version in self.plans if name == node.name]


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any) -> FarFleet:
    """In the place of the broker."""
    settings.MINERCONSOLE_HOME = tmp_path
    made = FarFleet()

    def send(plan: Plan) -> None:
        made.plans.append((plan.node.name, plan.version))

    def command(node: Node, op: str, *_: object, **__: object) -> fleet_orders.CommandSent:
        made.orders.append((node.name, op))
        return fleet_orders.CommandSent("id", 0, {"ok": True})

    monkeypatch.setattr(plans, "plan_send", send)
    monkeypatch.setattr(control, "command_send", command)
    return made
