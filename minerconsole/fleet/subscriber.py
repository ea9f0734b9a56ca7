"""FleetSubscriber: reads the streams of all Nodes from the broker and keeps the newest of each. One in a web process.

Ages are the console's: the broker says when it got a Frame and what time it is, and no clock of a Node is asked. While
the broker is away everything grows old, and is shown so. Nobody who looks is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.db import database_sync_to_async
from django.db import DatabaseError
from redis.exceptions import ResponseError

from minerconsole.fleet.far_feed import FarFeed
from mining.fleet.connection import BROKER_ERRORS, broker_trouble, connect_async
from mining.fleet.keys import FRAMES, JOURNAL, node_key
from mining.fleet.unfit_streams import ask_sizes, unfit_keys
from mining.fleet.wire import message_of
from mining.models import Node

POLL_S = 0.2
_NODES_EVERY_S = 5.0
_NODES_AT_ONCE = 100
_ENTRIES_AT_ONCE = 32
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 2.0
_CLOSE_S = 1.0
_WATCHED = 240  # entries looked through for events when somebody begins to watch
_NEWEST = 8  # entries looked through for a Frame when a Node is new to us

logger = logging.getLogger(__name__)


@database_sync_to_async  # type: ignore[untyped-decorator]  # Channels carries no types
def _ulids() -> list[str]:
    return list(Node.objects.filter(is_local=False).values_list("ulid", flat=True))


class FleetSubscriber:
    """`follow` fills it. `find_ulids`: which Nodes there are. Raises DatabaseError."""

    def __init__(
        self,
        url: str,
        *,
        make_client: Callable[[str], Any] = connect_async,
        find_ulids: Callable[[], Awaitable[Iterable[str]]] = _ulids,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._make_client = make_client
        self._find_ulids = find_ulids
        self._clock = clock
        self._client: Any = None
        self._feeds: dict[str, FarFeed] = {}
        self._places: dict[str, str] = {}
        self._broker_ahead_s = 0.0  # its clock less ours (monotonic)
        self._nodes_due = 0.0
        self._told = ""
        self._told_of: set[tuple[str, str]] = set()
        self._asked: list[asyncio.Event] = []
        self._hurry = asyncio.Event()

    @property
    def feeds(self) -> tuple[FarFeed, ...]:
        """One for each Node far away that the console knows."""
        return tuple(self._feeds.values())

    def feed_of(self, ulid: str) -> FarFeed | None:
        """The feed of one Node; None for one that the console does not know."""
        return self._feeds.get(ulid)

    async def watch(self, feed: FarFeed) -> None:
        """Somebody looks at this Node from now on: get its last events, which nobody kept."""
        with contextlib.suppress(*BROKER_ERRORS):
            client = self._make_client(self._url)
            try:
                entries = await client.xrevrange(node_key(feed.ulid, FRAMES), count=_WATCHED)
            finally:
                await client.aclose()
            messages = [message_of(fields) for _, fields in reversed(entries)]
            feed.take_events_anew([message.event for message in messages if message is not None and message.event])

    async def refresh(self, patience_s: float) -> None:
        """Return as soon as what the broker has at this moment was read, or after `patience_s`."""
        done = asyncio.Event()
        self._asked.append(done)
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await done.wait()

    async def follow(self) -> None:
        """Keep up with all Nodes, across troubles of broker and database, until cancelled."""
        pause_s = _FIRST_PAUSE_S
        task = asyncio.current_task()
        try:
            while task is None or not task.cancelling():  # the client swallows a cancellation while it connects
                asked, self._asked = self._asked, []
                self._hurry.clear()
                try:
                    await self._step()
                except Exception as error:  # a fault of ours is told, and the fleet is followed on
                    await self._lose(error)
                    await asyncio.sleep(pause_s)
                    pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
                    continue
                pause_s = _FIRST_PAUSE_S
                self._told = ""
                for done in asked:
                    done.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._hurry.wait()
        finally:
            await self._hang_up()

    # --- one step ---------------------------------------------------------------------------------------------

    async def _step(self) -> None:
        if self._client is None:
            self._client = self._make_client(self._url)
            await self._set_clock()
        if self._clock() >= self._nodes_due:
            self._nodes_due = self._clock() + _NODES_EVERY_S
            await self._set_clock()
            await self._find_nodes()
            await self._empty_unfit()
        ulids = list(self._places)
        for at in range(0, len(ulids), _NODES_AT_ONCE):
            await self._read(ulids[at : at + _NODES_AT_ONCE])

    async def _read(self, ulids: list[str]) -> None:
        streams = {node_key(ulid, FRAMES): self._places[ulid] for ulid in ulids}
        try:
            answers = await self._client.xread(streams, count=_ENTRIES_AT_ONCE)
        except ResponseError as error:  # of one of them, and the others' are refused with it
            if "WRONGTYPE" not in str(error):
                raise
            if len(ulids) == 1:
                self._note(ulids[0], error)
                await self._empty(ulids)
                return
            for ulid in ulids:
                await self._read([ulid])
            return
        for key, entries in answers:
            self._take_safely(key.decode("ascii", "replace").split(":")[2], entries)

    def _take_safely(self, ulid: str, entries: list[Any]) -> None:
        """What one Node wrote ends nothing of the others."""
        try:
            self._take(ulid, entries)
        except Exception as error:
            self._note(ulid, error)

    def _note(self, ulid: str, error: Exception) -> None:
        """One line for a Node and a cause."""
        cause = ulid, type(error).__name__
        if cause not in self._told_of:
            self._told_of.add(cause)
            logger.warning("What node %s sends cannot be read (%s: %.200s)", *cause, error)

    def _take(self, ulid: str, entries: list[Any]) -> None:
        """Hand all events on, and of the Frames the newest."""
        feed = self._feeds[ulid]
        newest = None
        for entry_id, fields in entries:
            self._places[ulid] = entry_id.decode()
            message = message_of(fields)
            if message is None:
                continue
            if message.frame:
                newest = entry_id, message.frame
            elif message.event and feed.is_watched:
                feed.take_event(message.event)
            elif message.is_bye:
                newest = None
                feed.link(False)
        if newest is not None:
            feed.take_frame(newest[1], self._age_of(newest[0]))

    def _age_of(self, entry_id: bytes) -> float:
        got_at = int(entry_id.partition(b"-")[0]) / 1000.0
        return self._clock() + self._broker_ahead_s - got_at

    async def _set_clock(self) -> None:
        before = self._clock()
        seconds, micros = await self._client.time()
        self._broker_ahead_s = seconds + micros / 1e6 - (before + self._clock()) / 2

    async def _find_nodes(self) -> None:
        """Look which Nodes there are; of those that are new to us, find the newest Frame."""
        try:
            found = set(await self._find_ulids())
        except DatabaseError as error:
            logger.warning("The nodes of the fleet could not be looked up: %s", error)
            return
        for ulid in self._feeds.keys() - found:
            del self._feeds[ulid], self._places[ulid]
        fresh = sorted(found - self._feeds.keys())
        for at in range(0, len(fresh), _NODES_AT_ONCE):
            some = fresh[at : at + _NODES_AT_ONCE]
            await self._empty(some)
            with_newest = self._client.pipeline(transaction=False)
            for ulid in some:
                with_newest.xrevrange(node_key(ulid, FRAMES), count=_NEWEST)
            for ulid, entries in zip(some, await with_newest.execute(raise_on_error=False), strict=True):
                self._feeds[ulid] = FarFeed(ulid, clock=self._clock)
                self._places[ulid] = "0-0"
                if isinstance(entries, list):
                    self._take_safely(ulid, entries[::-1])

    async def _empty_unfit(self) -> None:
        ulids = list(self._feeds)
        for at in range(0, len(ulids), _NODES_AT_ONCE):
            await self._empty(ulids[at : at + _NODES_AT_ONCE])

    async def _empty(self, ulids: list[str]) -> None:
        """Delete what is no stream, or too large to be read."""
        keys = [node_key(ulid, name) for ulid in ulids for name in (FRAMES, JOURNAL)]
        asking = self._client.pipeline(transaction=False)
        ask_sizes(asking, keys)
        for key in unfit_keys(keys, await asking.execute()):
            _, _, ulid, name = key.split(":")
            logger.warning("The %s of node %s are no use of the broker and were emptied", name, ulid)
            await self._client.delete(key)

    async def _lose(self, error: Exception) -> None:
        await self._hang_up()
        for feed in self._feeds.values():
            feed.link(False)
        if not isinstance(error, BROKER_ERRORS):
            self._told, told = type(error).__name__, self._told
            if told != self._told:
                logger.error("The fleet is followed anew after a fault", exc_info=error)
            return
        trouble = broker_trouble(self._url, error)
        if trouble.code != self._told:
            self._told = trouble.code
            logger.warning("%s Figures of the fleet grow old until it does.", trouble.sentence)

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # a broken connection is no reason not to open another one
                async with asyncio.timeout(_CLOSE_S):
                    await client.aclose()
