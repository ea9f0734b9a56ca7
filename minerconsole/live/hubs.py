"""LiveHubs: the hub of every Node that somebody looks at: this computer's, and those far away. One in a web process."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from minerconsole.feed import Feed, FrameFeed
from minerconsole.fleet.fleet_hub import FleetHub
from minerconsole.fleet.look import look
from minerconsole.fleet.reading import FarNodes
from minerconsole.live.hub import LiveHub
from mining.engine.node_id import node_id_of
from mining.selectors.fleet_totals import Sight

LOCAL = "LOCAL"


class LiveHubs:
    """`local` is this computer's. `far`: where the feeds of other Nodes come from, None without a fleet."""

    def __init__(self, feed: FrameFeed, home: Path, far: FarNodes | None = None) -> None:
        self.local = LiveHub(feed)
        self._home = home
        self._far = far
        self._here = ""
        self._hubs: dict[str, LiveHub] = {}
        self.fleet = FleetHub(self._look, self.local.access, self.local.pulse, refresh=self._refresh)

    @property
    def far(self) -> FarNodes | None:
        """The Nodes far away."""
        return self._far

    @property
    def open_sockets(self) -> int:
        """Of all Nodes."""
        far = sum(hub.open_sockets for hub in self._hubs.values())
        return self.local.open_sockets + far + self.fleet.open_sockets

    async def find(self, asked: str) -> tuple[LiveHub, str] | None:
        """Return hub and ULID of the Node that a page asks for ("local", or a ULID); None for one that is not ours."""
        name = asked.upper()
        newest = self.local.feed.newest()
        here = await sync_to_async(node_id_of)(self._home)
        told = here if newest is None else newest.frame.node_id
        if name in (LOCAL, here.upper(), told.upper()):
            return self.local, told
        return await self._find_far(name)

    def feed_of(self, asked: str) -> Feed | None:
        """Return the feed of a Node as far as it is known without asking anybody; None for one that is not ours."""
        name = asked.upper()
        newest = self.local.feed.newest()
        if name == LOCAL or (newest is not None and newest.frame.node_id.upper() == name):
            return self.local.feed
        return self._far.feed_of(name) if self._far is not None else None

    async def say_goodbye(self, patience_s: float) -> None:
        """Tell every socket that this process ends; return when they are closed, or after `patience_s`."""
        far = (hub.say_goodbye(patience_s) for hub in self._hubs.values())
        await asyncio.gather(self.local.say_goodbye(patience_s), self.fleet.say_goodbye(patience_s), *far)

    def _look(self) -> list[Sight]:
        """Every Node as it is seen now. The first time it reads the ULID of this computer's from its file."""
        self._here = self._here or node_id_of(self._home)
        return look(self.local.feed, self._far, self._here)

    async def _refresh(self, patience_s: float) -> None:
        if self._far is not None:
            await self._far.refresh(patience_s)

    async def _find_far(self, ulid: str) -> tuple[LiveHub, str] | None:
        feed = self._far.feed_of(ulid) if self._far is not None else None
        if feed is None or self._far is None:
            return None
        hub = self._hubs.get(ulid)
        if hub is None or hub.feed is not feed:
            hub = self._hubs[ulid] = LiveHub(feed, access=self.local.access, pulse=self.local.pulse)
            await self._far.watch(feed)
        return hub, ulid


def hubs_at(request: HttpRequest) -> LiveHubs | None:
    """The hubs of the web process that serves `request`; None where there is none (tests, other servers)."""
    hubs = (getattr(request, "scope", {}).get("state") or {}).get("hubs")
    return hubs if isinstance(hubs, LiveHubs) else None
