"""Which orders bring the Supervisor from what it does to what is wanted of the Node. Pure.

Orders of a person at the Node (its page, its control socket) are not fought: what is wanted is ordered once for every
command, and once for every Supervisor that starts. Only a plan that is newer than the one followed is offered until it
is taken or refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mining.fleet.wanted import Wanted

_WORKING = ("preparing", "mining", "paused", "draining")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a Supervisor says of itself. `epoch`: which start of it; `version` and `digest`: of the plan it follows, in
    which `plan_state`."""

    epoch: str
    state: str
    version: int = 0
    digest: str = ""
    plan_state: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order for the control socket."""

    op: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def seen_of(answer: Mapping[str, Any]) -> Seen | None:
    """Read the control socket's `status`; None while there is no Frame yet."""
    frame, plan = answer.get("frame"), answer.get("plan")
    if not isinstance(frame, dict) or not isinstance(plan, dict):
        return None
    return Seen(
        str(frame.get("epoch", "")),
        str(frame.get("state", "")),
        int(plan.get("version") or 0),
        str(plan.get("digest", "")),
        str(plan.get("state", "")),
    )


def orders_for(wanted: Wanted, seen: Seen, *, is_news: bool, refused: Collection[str] = ()) -> list[Order]:
    """Return the orders, in their order.

    `is_news`: a command came since the last orders, or the Supervisor is another one. `refused`: digests of
    plans that this Supervisor does not take.
    """
    is_resting = wanted.is_paused or wanted.is_paused_here
    orders = [Order("pause")] if is_news and is_resting and seen.state != "paused" else []
    plan, is_stopped = wanted.plan, wanted.is_started is False
    if plan is not None and plan.version > seen.version and plan.digest not in refused:
        fields = {"document": plan.document, "signature": plan.signature, "start": not is_stopped}
        orders.append(Order("apply_plan", fields))
        is_begun = not is_stopped
    else:
        is_begun = seen.state in _WORKING
    if not is_news:
        return orders
    if not is_resting and seen.state == "paused":
        orders.append(Order("resume"))
    if is_stopped:
        return [*orders, Order("stop_mining")] if seen.state in _WORKING else orders
    has_held = wanted.good is not None or seen.plan_state == "verified"
    may_start = wanted.is_started or (plan is not None and has_held)
    return [*orders, Order("start_mining")] if may_start and not is_begun else orders
