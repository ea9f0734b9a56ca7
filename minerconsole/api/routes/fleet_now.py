"""The fleet as it is now, from what this web process has heard: its sums, and all of it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from minerconsole.api.access import reader_of
from minerconsole.api.schemas.fleet_now import FleetTotalsOut
from minerconsole.fleet.rows import COLUMNS, cards_of, row_of, sums_of
from minerconsole.fleet.sights import sights_at
from mining.selectors.drift import drift_list
from mining.selectors.fleet_totals import fleet_totals as totals_of
from mining.selectors.fleet_totals import running_plans
from mining.selectors.node_groups import places_of_nodes

router = Router()


@router.get("/totals", response=FleetTotalsOut)
def fleet_totals(request: HttpRequest) -> FleetTotalsOut:
    """Show how many nodes are live, late, stale, offline or never seen, and the sums of the live and late ones."""
    reader_of(request)
    return FleetTotalsOut.of(totals_of(sights_at(request)))


@router.get("/now", response=dict[str, Any])
def fleet_now(request: HttpRequest) -> dict[str, Any]:
    """Show every node as the fleet page does, once: the same as a snapshot of its stream (docs/PROTOCOLS.md)."""
    reader_of(request)
    sights = sights_at(request)
    running = running_plans(sights)
    cards = cards_of(drift_list(places_of_nodes(), running))
    fleet = {"sums": sums_of(totals_of(sights)), "rows": [row_of(each) for each in sights]}
    told: dict[str, Any] = msgspec.to_builtins({"columns": COLUMNS, "cards": cards, "fleet": fleet})
    return {"age_s": 0.0, "linked": True, "payee_line": "", **told}
