"""All Nodes as this web process sees them now: this computer's and those far away."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from minerconsole.fleet.look import look
from minerconsole.live.hubs import LiveHubs, hubs_at
from mining.engine.node_id import node_id_of
from mining.selectors.fleet_totals import Sight


def sights_at(request: HttpRequest) -> list[Sight]:
    """Return one for each Node that is known here; this computer's comes first."""
    hubs = hubs_at(request)
    here = node_id_of(settings.MINERCONSOLE_HOME)
    return [Sight(here)] if hubs is None else sights_of(hubs, here)


def sights_of(hubs: LiveHubs, here: str) -> list[Sight]:
    """The same of these hubs. `here`: the ULID of this computer's Node. Reads memory only."""
    return look(hubs.local.feed, hubs.far, here)
