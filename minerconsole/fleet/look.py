"""Every Node as its feed shows it now: this computer's and those far away. Reads memory only."""

from __future__ import annotations

import msgspec

from minerconsole.feed import Feed
from minerconsole.fleet.reading import FarNodes
from mining.fleet.gist import gist_of
from mining.selectors.fleet_totals import Sight


def look(feed: Feed, far: FarNodes | None, here: str) -> list[Sight]:
    """Return one for each Node that is known here; this computer's, whose ULID is `here`, comes first."""
    newest = feed.newest()
    local = Sight(here)
    if newest is not None:
        local = Sight(here, newest.age_s, gist_of(msgspec.json.encode(newest.frame)))
    return [local, *(Sight(each.ulid, each.age_s, each.gist()) for each in (far.feeds if far is not None else ()))]
