"""Daphne inside our own process: one listening socket, one feed, an end within a second. No access log.

Before it ends, live pages are told so. A websocket's application finds its outbox in its scope.

Import this module only in the web process: daphne installs Twisted's reactor when it is imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from functools import partial
from typing import Any

from autobahn.exception import Disconnected
from daphne.http_protocol import WebRequest
from daphne.server import Server

from minerconsole.asgi import FedApplication
from minerconsole.feed import FrameFeed
from minerconsole.fleet.reading import FarNodes
from minerconsole.live.outbox import Outbox
from mining.errors import ExitCode

END_S = 0.7
_GOODBYE_S = 0.3
_IDLE_S = 75
_AGAIN_S = 2.0  # until the fleet is followed anew after a fault
_NEVER = -1
_MOST_SAID = 64 * 1024  # bytes of one frame; what pages say is short, and the stream refuses more than 4 KiB
_LONGEST_TOLD = 2 * 1024 * 1024  # bytes of one message of ours: a snapshot of a few thousand nodes

logger = logging.getLogger(__name__)


class BoundedServer(Server):  # type: ignore[misc]  # daphne carries no types
    """Daphne that gives the application of a websocket an outbox, and keeps nothing of either when it has ended."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Serve one connection."""
        if scope["type"] == "websocket":
            scope["outbox"] = Outbox(protocol)
            protocol.is_closed.addCallback(_forget)
        return super().create_application(protocol, scope)

    def protocol_disconnected(self, protocol: Any) -> None:
        """Note that a connection or a request has ended. A request that became a websocket (it gave its transport away)
        is never finished: it and its channel would keep each other."""
        super().protocol_disconnected(protocol)
        if isinstance(protocol, WebRequest) and protocol.transport is None:
            channel = getattr(protocol, "channel", None)  # Twisted deletes it of a request that failed
            if channel is not None:
                channel.requests.clear()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send what an application says. Daphne's way to close takes only 1000 and codes from 3000: 1012 is refused."""
        code = message.get("code") or 1000
        if message["type"] == "websocket.close" and 1000 < code < 3000 and protocol.state == protocol.STATE_OPEN:
            protocol.sendCloseFrame(code=code)
            return
        with contextlib.suppress(Disconnected):  # the page left in this moment; its consumer is told so next
            await super().handle_reply(protocol, message)


def _forget(protocol: Any) -> None:
    """Leave nothing as the result of a websocket's `is_closed`: Autobahn would put the websocket itself there."""


class WebServer:
    """Serves until SIGTERM, or until the miner says goodbye."""

    def __init__(self, listener: socket.socket, feed: FrameFeed, far: FarNodes | None = None) -> None:
        self._feed = feed
        self._listener = listener
        self._following: asyncio.Task[None] | None = None
        self._is_ending = False
        self._leaving: asyncio.Task[None] | None = None
        application = FedApplication(feed, far)
        self._hubs = application.hubs
        self._far = far
        self._following_far: asyncio.Task[None] | None = None
        self._server = BoundedServer(
            application=application,
            endpoints=[f"fd:fileno={listener.fileno()}"],
            signal_handlers=False,
            action_logger=None,
            http_timeout=_IDLE_S,
            application_close_timeout=1,
            websocket_timeout=_NEVER,
            websocket_max_message_size=_LONGEST_TOLD,
            websocket_max_frame_size=_MOST_SAID,
            server_name="MinerConsole",
            ready_callable=self._prepare,
        )

    def run(self) -> int:
        """Serve; returns the exit code."""
        self._server.run()
        return int(ExitCode.DONE)

    def _prepare(self) -> None:
        loop = asyncio.get_event_loop_policy().get_event_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        loop.call_soon(self._start_following)

    def _start_following(self) -> None:
        self._following = asyncio.get_running_loop().create_task(self._feed.follow())
        self._following.add_done_callback(lambda task: self._end())
        self._start_following_far()

    def _start_following_far(self) -> None:
        if self._far is not None and not self._is_ending:
            self._following_far = asyncio.get_running_loop().create_task(self._far.follow())
            self._following_far.add_done_callback(self._follow_far_again)

    def _follow_far_again(self, task: asyncio.Task[None]) -> None:
        """Following the fleet goes on after all troubles, also those that nobody foresaw."""
        if task.cancelled() or self._is_ending:
            return
        logger.error("The fleet is followed anew", exc_info=task.exception())
        asyncio.get_running_loop().call_later(_AGAIN_S, self._start_following_far)

    def _end(self) -> None:
        """Stop; if connections or the reactor hang, leave anyway: there is nothing here that could be lost."""
        if self._is_ending:
            return
        self._is_ending = True
        loop = asyncio.get_running_loop()
        loop.call_later(END_S, partial(os._exit, int(ExitCode.DONE)))
        for following in (self._following, self._following_far):
            if following is not None:
                following.cancel()
        self._leaving = loop.create_task(self._leave())

    async def _leave(self) -> None:
        await self._hubs.say_goodbye(_GOODBYE_S)
        self._server.stop()
