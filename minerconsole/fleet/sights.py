"""All Nodes as this web process sees them now: this computer's and those far away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mining.fleet.gist import gist_of
from mining.selectors.fleet_totals import Sight

if TYPE_CHECKING:
    from minerconsole.live.hubs import LiveHubs


def sights_of(hubs: LiveHubs, here: str) -> list[Sight]:
    """Return one for each Node; `here` is the ULID of this computer's. Reads memory only."""
    newest = hubs.local.feed.newest()
    local = Sight(here)
    if newest is not None:
        local = Sight(here, newest.age_s, gist_of(msgspec.json.encode(newest.frame)))
    far = hubs.far.feeds if hubs.far is not None else ()
    return [local, *(Sight(feed.ulid, feed.age_s, feed.gist()) for feed in far)]
