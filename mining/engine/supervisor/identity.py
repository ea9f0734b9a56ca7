"""Who a Node and its run are, and for whom it mines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mining.addresses.masking import mask_address
from mining.engine.node_id import node_id_of
from mining.engine.plan import Plan
from mining.engine.ulid import new_ulid
from mining.telemetry.frame import Payee


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this Node and this run are."""

    node_id: str
    epoch: str


def make_identity(home: Path) -> Identity:
    """Read the Node's ULID from HOME/node_id, or make it; the epoch is new for every start."""
    return Identity(node_id_of(home), new_ulid())


def payee_of(plan: Plan) -> Payee:
    """For whom a plan mines, masked, and where that was set."""
    if plan.kind == "offline":
        return Payee(address_masked="nobody (offline)", source=plan.payee_source)
    return Payee(address_masked=mask_address(plan.wallet), source=plan.payee_source)
