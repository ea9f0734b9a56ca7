"""LiveConsumer: one websocket of the live stream. Writes from its mailbox while there is room, and watches its page.

Two tasks: what the page says (Channels' own), and what we say (`_write`). Pings, silence and a lost link are seen to by
the pulse that all sockets have in common.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import Any, assert_never
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from minerconsole.live import wording
from minerconsole.live.access import LOGIN_ENDED, TROUBLE, Verdict, ask, session_key_of
from minerconsole.live.hub import AnyHub
from minerconsole.live.hubs import LiveHubs
from minerconsole.live.mailbox import Item, Kind, Mailbox
from minerconsole.live.outbox import Outbox
from minerconsole.live.words import Pong, Rate, Resync, read_word
from mining.services.actors import Role

BAD_WORD = 4400
UNKNOWN_NODE = 4404
NO_PONG = 4408
RESTART = 1012
"""Close codes, beside those of access.py."""

logger = logging.getLogger(__name__)


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels carries no types
    """Serves one page."""

    _hub: AnyHub
    _mailbox: Mailbox
    _verdict: Verdict
    _node = ""

    def __init__(self) -> None:
        super().__init__()
        self._session_key = ""
        self._is_open = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._pings: deque[float] = deque(maxlen=3)
        self._heard_at = self._ping_due = self._link_due = 0.0
        self._resync_at = 0.0
        self._resync: asyncio.TimerHandle | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does it, but without a thread each time that looks for old database connections: what asks the
        database here, does that in a thread which looks for itself."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Let in who may watch. The others are told why by a code, which a browser only shows after a handshake."""
        hubs = (self.scope.get("state") or {}).get("hubs")
        self._session_key = session_key_of(self.scope)
        verdict = await ask(self._session_key) if self._session_key else Verdict(Role.NOBODY, LOGIN_ENDED)
        await self.accept()
        if verdict.close_code or hubs is None:
            await self.close(verdict.close_code or TROUBLE)
            return
        found = await self._find(hubs)
        if found is None:
            await self.close(UNKNOWN_NODE)
            return
        self._verdict = verdict
        self._hub, self._node = found
        self._begin()

    async def _find(self, hubs: LiveHubs) -> tuple[AnyHub, str] | None:
        """What the page asks for, and the ULID of its Node; None for one that is not ours."""
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        return await hubs.find(query.get("node", ["local"])[0])

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what the page asks for; end with one that says anything else."""
        if not self._is_open:
            return
        word = read_word(text_data)
        match word:
            case Pong():
                if word.at in self._pings:
                    self._heard_at = time.monotonic()
            case Resync():
                self._ask_snapshot()
            case Rate():
                self._mailbox.set_rate(word.every_s)
            case None:
                await self._end(BAD_WORD)
            case _:
                assert_never(word)

    async def disconnect(self, code: int) -> None:
        """The socket is gone."""
        self._leave()

    def _begin(self) -> None:
        self._is_open = True
        self._heard_at = self._link_due = time.monotonic()
        self._ping_due = self._heard_at + settings.LIVE_PING_S
        self._mailbox = self._hub.open()
        self._hub.access.watch(self._session_key, self._judge)
        self._hub.pulse.join(self._beat, lambda: self._start(self._end(TROUBLE)))
        self._start(self._write())

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        logger.error("A live socket failed", exc_info=task.exception())
        self._start(self._end(TROUBLE))

    async def _write(self) -> None:
        """Say what the mailbox holds, one thing at a time, each only when the one before has left."""
        outbox: Outbox | None = self.scope.get("outbox")
        while self._is_open:
            await self._mailbox.wait()
            if outbox is not None and not outbox.has_room:
                await outbox.wait_for_room()
            item = self._mailbox.take()
            if item is None:
                continue
            if outbox is not None:
                outbox.tell(self._words(item))
            else:
                await self.send(self._words(item))
            if item.kind is Kind.BYE:
                await self._end(RESTART)

    def _words(self, item: Item) -> str:
        match item.kind:
            case Kind.BYE:
                return wording.bye_text()
            case Kind.HELLO:
                return wording.hello_text(epoch=self._hub.epoch, role=self._verdict.role.word, node=self._node)
            case Kind.PING:
                self._pings.append(round(time.time(), 3))
                return wording.ping_text(self._pings[-1])
            case Kind.LINK:
                return self._hub.link_text()
            case Kind.SNAPSHOT:
                return self._hub.snapshot_text(self._mailbox.seq)
            case Kind.FRAME:
                return self._hub.frame_text(self._mailbox.seq)
            case Kind.SKIPPED | Kind.EVENT:
                return wording.event_text(item)
            case _:
                assert_never(item.kind)

    def _beat(self) -> None:
        """Ping, tell how old the figures get while the miner says nothing, and end with a page that does not answer."""
        now = time.monotonic()
        if now - self._heard_at > settings.LIVE_PONG_S:
            self._start(self._end(NO_PONG))
            return
        if now >= self._ping_due:
            self._ping_due = now + settings.LIVE_PING_S
            self._mailbox.put(Kind.PING)
        if now >= self._link_due and self._hub.is_silent(settings.LIVE_LINK_S):
            self._link_due = now + settings.LIVE_LINK_S
            self._mailbox.put(Kind.LINK)

    def _ask_snapshot(self) -> None:
        """A snapshot, now or as soon as the last one that was asked for is LIVE_RESYNC_S old."""
        if self._resync is not None:
            return
        loop = asyncio.get_running_loop()
        self._resync_at = max(loop.time(), self._resync_at + settings.LIVE_RESYNC_S)
        self._resync = loop.call_at(self._resync_at, self._put_snapshot)

    def _put_snapshot(self) -> None:
        self._resync = None
        self._mailbox.put(Kind.SNAPSHOT)

    def _judge(self, verdict: Verdict) -> None:
        if verdict.close_code:
            self._start(self._end(verdict.close_code))
        elif verdict.role is not self._verdict.role:
            self._verdict = verdict
            self._mailbox.put(Kind.HELLO)  # as at the beginning: a page begins anew with the role of now
            self._mailbox.put(Kind.SNAPSHOT)

    async def _end(self, code: int) -> None:
        """Close once, for one reason."""
        if not self._is_open:
            return
        self._leave()
        await self.close(code)

    def _leave(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._hub.close(self._mailbox)
        self._hub.pulse.leave(self._beat)
        self._hub.access.unwatch(self._session_key, self._judge)
        if self._resync is not None:
            self._resync.cancel()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()


class FleetConsumer(LiveConsumer):
    """Serves one page of the whole fleet."""

    async def _find(self, hubs: LiveHubs) -> tuple[AnyHub, str] | None:
        return hubs.fleet, "fleet"
