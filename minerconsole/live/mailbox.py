"""Mailbox: what one socket is still to be told. The newest wins, so its memory does not depend on how slow the page is.

Frames, pings, link and snapshot have one slot each; events have a short queue whose overflow is counted. What is taken
out is rendered at that moment, so that ages are true when they are sent. Knows no sockets and no JSON.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto

from minerconsole.feed import KeptEvent

QUEUED_EVENTS = 100
# They come each second, but not to the millisecond: this much before its turn a Frame is taken.
_EARLY_S = 0.5


class Kind(IntEnum):
    """What may be said next, in the order in which it is said. All but the last two have a slot."""

    BYE = auto()
    HELLO = auto()
    SNAPSHOT = auto()
    PING = auto()
    LINK = auto()
    FRAME = auto()
    SKIPPED = auto()
    EVENT = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to say. `count` is of SKIPPED, `event` of EVENT."""

    kind: Kind
    count: int = 0
    event: KeptEvent | None = None


_ITEMS = {1 << kind: Item(kind) for kind in Kind if kind < Kind.SKIPPED}


class Mailbox:
    """One reader's slots. `seq` is the number of the Frame that was offered last, skipped or not."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slots = 1 << Kind.HELLO | 1 << Kind.SNAPSHOT  # a bit for each that is full
        self._events: deque[KeptEvent] = deque()
        self._skipped = 0
        self._news = asyncio.Event()
        self._news.set()
        self._every_s = 1
        self._next_offer_at = 0.0
        self.seq = 0

    def set_rate(self, every_s: int) -> None:
        """Take a Frame each `every_s` seconds from now on, the first one that comes at once."""
        self._every_s = every_s
        self._next_offer_at = 0.0

    def offer_frame(self) -> None:
        """There is a newer Frame; one that was not taken yet is skipped for it."""
        now = self._clock()
        if now < self._next_offer_at:
            return
        self._next_offer_at = now + self._every_s - _EARLY_S if self._every_s > 1 else 0.0
        self.seq += 1
        self.put(Kind.FRAME)

    def put_event(self, event: KeptEvent) -> None:
        """Queue an event; the oldest one gives way when there are too many."""
        if self._has(Kind.SNAPSHOT):
            return  # it will be among the events of that
        if len(self._events) == QUEUED_EVENTS:
            self._events.popleft()
            self._skipped += 1
        self._events.append(event)
        self._news.set()

    def put(self, kind: Kind) -> None:
        """Fill the slot of `kind`. A snapshot holds all that came before it."""
        if kind is Kind.SNAPSHOT:
            self._forget()
        if kind is Kind.FRAME and self._has(Kind.SNAPSHOT):
            return
        self._slots |= 1 << kind
        self._news.set()

    def _has(self, kind: Kind) -> bool:
        return bool(self._slots & 1 << kind)

    async def wait(self) -> None:
        """Return as soon as there is something to say."""
        await self._news.wait()

    def take(self) -> Item | None:
        """Take out what is to be said next; None when there is nothing."""
        item = self._next()
        if not (self._slots or self._skipped or self._events):
            self._news.clear()
        return item

    def _next(self) -> Item | None:
        if self._slots:
            first = self._slots & -self._slots
            self._slots ^= first
            return _ITEMS[first]
        if self._skipped:
            count, self._skipped = self._skipped, 0
            return Item(Kind.SKIPPED, count=count)
        return Item(Kind.EVENT, event=self._events.popleft()) if self._events else None

    def _forget(self) -> None:
        self._slots &= ~(1 << Kind.FRAME)
        self._events.clear()
        self._skipped = 0
