"""All Nodes as this web process sees them now: this computer's and those far away."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import HttpRequest

from minerconsole.live.hubs import LiveHubs, hubs_at
from mining.engine.node_id import node_id_of
from mining.fleet.gist import gist_of
from mining.selectors.fleet_totals import Sight


def sights_at(request: HttpRequest) -> list[Sight]:
    """Return one for each Node that is known here; this computer's comes first."""
    hubs = hubs_at(request)
    here = node_id_of(settings.MINERCONSOLE_HOME)
    return [Sight(here)] if hubs is None else sights_of(hubs, here)


def sights_of(hubs: LiveHubs, here: str) -> list[Sight]:
    """The same of these hubs. `here`: the ULID of this computer's Node. Reads memory only."""
    newest = hubs.local.feed.newest()
    local = Sight(here)
    if newest is not None:
        local = Sight(here, newest.age_s, gist_of(msgspec.json.encode(newest.frame)))
    far = hubs.far.feeds if hubs.far is not None else ()
    return [local, *(Sight(feed.ulid, feed.age_s, feed.gist()) for feed in far)]
