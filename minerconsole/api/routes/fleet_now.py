"""The fleet as it is now, from what this web process has heard."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from minerconsole.api.access import reader_of
from minerconsole.api.schemas.fleet_now import FleetTotalsOut
from minerconsole.fleet.sights import sights_at
from mining.selectors.fleet_totals import fleet_totals as totals_of

router = Router()


@router.get("/totals", response=FleetTotalsOut)
def fleet_totals(request: HttpRequest) -> FleetTotalsOut:
    """Show how many nodes are live, late, stale, offline or never seen, and the sums of the live and late ones."""
    reader_of(request)
    return FleetTotalsOut.of(totals_of(sights_at(request)))
