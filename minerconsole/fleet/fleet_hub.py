"""FleetHub: the whole fleet for the pages that show it, once a second, absolute, worded once for all of them.

It has the form of LiveHub, so that the same consumer serves it: mailboxes with one slot, a snapshot (what is known of
each Node, and its row) and frames (the rows alone). Works only while somebody looks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from channels.db import database_sync_to_async
from django.db import DatabaseError

from minerconsole.fleet.rows import COLUMNS, Card, cards_of, row_of, sums_of
from minerconsole.live.access import AccessBook
from minerconsole.live.mailbox import Kind, Mailbox
from minerconsole.live.pulse import Pulse
from minerconsole.live.wording import text_of
from mining.engine.ulid import new_ulid
from mining.selectors.drift import drift_list
from mining.selectors.fleet_totals import Sight, fleet_totals, running_plans
from mining.selectors.node_groups import places_of_nodes

TICK_S = 1.0
CARDS_EVERY_S = 4.0
_REFRESH_S = 0.25  # how long a tick waits for what the broker has at this moment
_FRESH_S = 0.3  # a text that is older is worded anew: its ages would not be true any more
_STEP_S = 0.01

logger = logging.getLogger(__name__)
Look = Callable[[], list[Sight]]
Refresh = Callable[[float], Awaitable[None]]


async def _nothing(_patience_s: float) -> None:
    """Without Nodes far away memory holds all there is."""


class FleetHub:
    """All sockets of the fleet page. `look`: every Node as it is seen now, from memory. `refresh(patience_s)`:
    have that be as new as can be."""

    def __init__(
        self,
        look: Look,
        access: AccessBook,
        pulse: Pulse,
        *,
        clock: Callable[[], float] = time.monotonic,
        refresh: Refresh = _nothing,
    ) -> None:
        self.epoch = new_ulid()
        self.access = access
        self.pulse = pulse
        self._look = look
        self._refresh = refresh
        self._clock = clock
        self._mailboxes: set[Mailbox] = set()
        self._cards: list[Card] | None = None
        self._cards_due = 0.0
        self._text = ""
        self._worded_at = float("-inf")
        self._ticking: asyncio.Task[None] | None = None
        self._is_leaving = False

    @property
    def open_sockets(self) -> int:
        """How many there are."""
        return len(self._mailboxes)

    def open(self) -> Mailbox:
        """Return the mailbox of a new socket; its first items are hello and snapshot."""
        mailbox = Mailbox(self._clock)
        self._mailboxes.add(mailbox)
        if self._is_leaving:
            mailbox.put(Kind.BYE)
        elif self._ticking is None or self._ticking.done():
            self._cards_due = 0.0
            self._ticking = asyncio.get_running_loop().create_task(self._tick())
        return mailbox

    def close(self, mailbox: Mailbox) -> None:
        """Forget a socket; without any the work stops."""
        self._mailboxes.discard(mailbox)
        if not self._mailboxes and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def is_silent(self, patience_s: float) -> bool:
        """Never: rows come each second, also while they only grow old."""
        return False

    async def say_goodbye(self, patience_s: float) -> None:
        """Tell every socket that this process ends; return when they are closed, or after `patience_s`."""
        self._is_leaving = True
        for mailbox in self._mailboxes:
            mailbox.put(Kind.BYE)
        deadline = self._clock() + patience_s
        while self._mailboxes and self._clock() < deadline:
            await asyncio.sleep(_STEP_S)

    def frame_text(self, seq: int) -> str:
        """The message `frame`: sums and rows."""
        return f'{{"type":"frame","seq":{seq},{self._rows()}'

    def snapshot_text(self, seq: int) -> str:
        """The message `snapshot`: what is known of each Node as well. `cards` null: not read yet, another follows."""
        cards = None if self._cards is None else self._cards
        known = text_of({"columns": COLUMNS, "cards": cards})[1:-1]
        return f'{{"type":"snapshot","seq":{seq},{known},{self._rows()}'

    def link_text(self) -> str:
        """The message `link`: what these pages are told comes from this process itself."""
        return text_of({"type": "link", "linked": True, "age_s": 0.0})

    def _rows(self) -> str:
        """Sums and rows without the brace in front; ages are of this moment, or nearly so."""
        now = self._clock()
        if now - self._worded_at > _FRESH_S:
            sights = self._look()
            sums = sums_of(fleet_totals(sights))
            rows = [row_of(sight) for sight in sights]
            self._text = text_of({"age_s": 0.0, "linked": True, "fleet": {"sums": sums, "rows": rows}})[1:]
            self._worded_at = now
        return self._text

    async def _tick(self) -> None:
        """Each second a frame; a snapshot whenever names, groups, tags or plans are others."""
        while True:
            started = self._clock()
            await self._refresh(_REFRESH_S)
            self._worded_at = float("-inf")
            for mailbox in tuple(self._mailboxes):
                mailbox.offer_frame()
            if started >= self._cards_due:
                await self._read_cards()
                self._cards_due = self._clock() + CARDS_EVERY_S
            await asyncio.sleep(max(0.1, TICK_S - (self._clock() - started)))

    async def _read_cards(self) -> None:
        running = running_plans(self._look())
        try:
            cards = await database_sync_to_async(_cards)(running)
        except DatabaseError as error:
            logger.warning("What is known of the nodes could not be read: %s", error)
            return
        if cards == self._cards:
            return
        self._cards = cards
        for mailbox in tuple(self._mailboxes):
            mailbox.put(Kind.SNAPSHOT)


def _cards(running: dict[str, int]) -> list[Card]:
    return cards_of(drift_list(places_of_nodes(), running))
