"""A TCP line between a browser and the page, which a test cuts, or lets swallow everything without a word.

with bad_line(site.port) as line:
    page.goto(line.address + "/")
    line.become(Line.SWALLOWS)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import Any

from tests.support.process_facts import free_port

_TURN_S = 10.0
_BYTES = 1 << 16
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\nConnection: close\r\n\r\nOops\n"


class Line(Enum):
    """What the line does with connections."""

    WORKS = auto()
    IS_CUT = auto()
    """Closes all and takes no new ones."""
    SWALLOWS = auto()
    """Reads on both sides and hands nothing on: neither end is told. New connections are taken and not answered."""
    FAILS = auto()
    """Closes all; each new request is answered with 500."""


class BadLine:
    """Listens on a port of its own and hands on to `target` of this computer. All its methods belong to its loop."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._does = Line.WORKS
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._loop: Any = None

    @property
    def address(self) -> str:
        """Where a browser finds the page through this line."""
        return f"http://127.0.0.1:{self.port}"

    def become(self, what: Line) -> None:
        """Change what it does; returns when it does that. From any thread but its own."""
        self._run(self._become(what))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_TURN_S)

    async def _become(self, what: Line) -> None:
        self._does = what
        if what is Line.SWALLOWS:
            self._swallowed |= self._open
        elif what in (Line.IS_CUT, Line.FAILS):
            self._close_all()
        if what is Line.IS_CUT:
            await self._stop_listening()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _close_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()
        self._swallowed.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._does is Line.FAILS:
                await reader.read(_BYTES)
                writer.write(_ERROR)
                await writer.drain()
            elif self._does is Line.SWALLOWS:
                self._swallowed.add(writer)
                while await reader.read(_BYTES):
                    pass
            else:
                await self._hand_on(reader, writer)
        except (OSError, asyncio.CancelledError):  # cancelled at the end; left to asyncio, 3.11 would print a traceback
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, far = await asyncio.open_connection("127.0.0.1", self._target)
        self._open.add(far)
        try:
            await asyncio.gather(self._pump(reader, far), self._pump(there, writer))
        finally:
            self._open.discard(far)
            far.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_BYTES):
                if writer not in self._swallowed:
                    writer.write(data)
                    await writer.drain()
        if writer not in self._swallowed:
            writer.close()


@contextmanager
def bad_line(target: int) -> Iterator[BadLine]:
    """A line that works until it is told otherwise, in a thread of its own."""
    line, loop = BadLine(target), asyncio.new_event_loop()
    line._loop = loop
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        line.become(Line.WORKS)
        yield line
    finally:
        line.become(Line.IS_CUT)
        asyncio.run_coroutine_threadsafe(_all_done(), loop).result(_TURN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_TURN_S)
        loop.close()


async def _all_done() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
