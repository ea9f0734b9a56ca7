"""Daphne inside our own process: one listening socket, one feed, an end within a second. No access log.

Import this module only in the web process: daphne installs Twisted's reactor when it is imported.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from functools import partial

from daphne.server import Server

from minerconsole.asgi import FedApplication
from minerconsole.feed import FrameFeed
from mining.errors import ExitCode

END_S = 0.7
_IDLE_S = 75


class WebServer:
    """Serves until SIGTERM, or until the miner says goodbye."""

    def __init__(self, listener: socket.socket, feed: FrameFeed) -> None:
        self._feed = feed
        self._listener = listener
        self._following: asyncio.Task[None] | None = None
        self._is_ending = False
        self._server = Server(
            application=FedApplication(feed),
            endpoints=[f"fd:fileno={listener.fileno()}"],
            signal_handlers=False,
            action_logger=None,
            http_timeout=_IDLE_S,
            application_close_timeout=1,
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

    def _end(self) -> None:
        """Stop; if connections or the reactor hang, leave anyway: there is nothing here that could be lost."""
        if self._is_ending:
            return
        self._is_ending = True
        asyncio.get_running_loop().call_later(END_S, partial(os._exit, int(ExitCode.DONE)))
        if self._following is not None:
            self._following.cancel()
        self._server.stop()
