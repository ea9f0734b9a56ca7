"""What pages, API and sums take from the Nodes far away. Knows no broker: consoles without one load nothing of it."""

from __future__ import annotations

from typing import Protocol

from minerconsole.fleet.far_feed import FarFeed


class FarNodes(Protocol):
    """The feeds of a console's fleet; `FleetSubscriber` fills them."""

    @property
    def feeds(self) -> tuple[FarFeed, ...]:
        """One for each Node far away that the console knows."""

    def feed_of(self, ulid: str) -> FarFeed | None:
        """The feed of one Node; None for one that the console does not know."""

    async def watch(self, feed: FarFeed) -> None:
        """Somebody looks at this Node from now on: get its last events, which nobody kept."""

    async def refresh(self, patience_s: float) -> None:
        """Return as soon as what the broker has at this moment was read, or after `patience_s`."""

    async def follow(self) -> None:
        """Keep up with all Nodes until cancelled."""
