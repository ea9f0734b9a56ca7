"""The sockets and the clock of a test pool, for every dialect: listener, reading and writing, timers of its work."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from mining.stratum.errors import LineTooLongError
from mining.stratum.framing import LineBuffer
from tests.support.pools.book import PoolBook
from tests.support.pools.connection import Link
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import ConnectionRecord

HOST = "127.0.0.1"
TICK_S = 0.02
READ_BYTES = 65_536
HANDSHAKE_S = 10.0
CLOSE_S = 1.0

L = TypeVar("L", bound=Link[Any])


class SocketServer(ABC, Generic[L]):
    """Everything here runs in one event loop. `block_s`, `job_s`: new heights and new jobs come that often.

    `processes`: connections go to so many workers of the pool in turn.
    """

    processes = 1

    def __init__(self, book: PoolBook, *, block_s: float | None = None, job_s: float | None = None) -> None:
        self.book = book
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._periods = {"block": block_s, "job": job_s}
        self._due = {name: time.monotonic() + (period or 0) for name, period in self._periods.items()}
        self.links: dict[int, L] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._keeper: socket.socket | None = None

    # --- what a dialect adds --------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def line_limit(self) -> int:
        """The longest line that is read, in bytes."""

    @abstractmethod
    def new_link(self, record: ConnectionRecord, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> L:
        """Make the dialect's object for a connection."""

    @abstractmethod
    def take_lines(self, link: L, lines: list[bytes]) -> None:
        """Handle the lines of one read."""

    @abstractmethod
    def take_long_line(self, link: L) -> None:
        """React to a line over the limit."""

    @abstractmethod
    def forget_sessions(self) -> None:
        """Know no session any more."""

    @abstractmethod
    def watch(self) -> None:
        """Look after the timers of the behaviour; called all the time."""

    @abstractmethod
    def make_work(self, *, is_block: bool) -> None:
        """Push a new job to every session, of a new height or of the same."""

    # --- life -----------------------------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Listen on a free port, or on the one that it had.

        Another bound socket keeps the port while nothing listens, so that no client takes it for its own end.
        """
        if self._listener is not None:
            return
        if self._keeper is None:
            self._keeper = _bound(0)
            self.port = self._keeper.getsockname()[1]
        self._listener = _bound(self.port)
        self._listener.listen()
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    async def go_down(self) -> None:
        """Close the listener and all sockets; no id of before is known afterwards."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        for link in list(self.links.values()):
            link.is_frozen = False
            link.close("the pool went down")
        self.forget_sessions()
        self.book.banned_until = 0.0

    async def stop(self) -> None:
        """Go down for good and end all tasks."""
        await self.go_down()
        await asyncio.sleep(0)  # what was begun last can clean up after itself only once it runs
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._keeper is not None:
            self._keeper.close()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run `work`; what it raises fails the test at the end."""
        task = asyncio.create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        except Exception as error:
            self.book.errors.append(error)
            self.book.notify()

    async def tick(self) -> None:
        """Look after the timers for ever."""
        while True:
            await asyncio.sleep(TICK_S)
            self.watch()
            for name, period in self._periods.items():
                if period is not None and time.monotonic() >= self._due[name]:
                    self._due[name] += period
                    self.make_work(is_block=name == "block")

    # --- sockets --------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        # Not asyncio.start_server: a connection that it accepts while it is closed is never closed (Python 3.11).
        try:
            link, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        link.setblocking(False)
        number = len(self.book.connections) + 1
        record = ConnectionRecord(number, time.monotonic(), (number - 1) % self.processes)
        self.book.connections.append(record)
        self.book.notify()
        self.spawn(self._welcome(link, record))

    async def _welcome(self, link: socket.socket, record: ConnectionRecord) -> None:
        loop, writers = asyncio.get_running_loop(), list[asyncio.StreamWriter]()
        reader = asyncio.StreamReader(READ_BYTES, loop)
        protocol = asyncio.StreamReaderProtocol(reader, lambda _, writer: writers.append(writer), loop)
        await loop.connect_accepted_socket(lambda: protocol, link)
        await self._attend(self.new_link(record, reader, writers[0]))

    async def _attend(self, link: L) -> None:
        self.links[link.record.number] = link
        tasks: list[asyncio.Task[None]] = []
        try:
            if self.book.is_banned and self.book.ban_text is None:
                link.end("pool: banned")
            elif self.book.trouble.has(FaultKind.SILENT):
                link.is_frozen = True
            elif self.tls is not None:
                await link.writer.start_tls(self.tls, ssl_handshake_timeout=HANDSHAKE_S)
            tasks = [asyncio.create_task(self._guarded(link, work)) for work in (link.write_lines(), self._read(link))]
            await link.ended.wait()
            async with asyncio.timeout(CLOSE_S):
                await tasks[0]
                await link.writer.wait_closed()
        except OSError as error:  # also of TLS, and TimeoutError
            link.end(f"client: {error}")
        finally:
            link.end("pool: stopped")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            link.writer.transport.abort()
            del self.links[link.record.number]

    async def _guarded(self, link: L, work: Coroutine[object, object, None]) -> None:
        """Let no end of a socket pass as a failure, and no failure as the end of a socket."""
        try:
            await work
        except OSError as error:
            link.end(f"client: {error}")
        except Exception as error:
            self.book.errors.append(error)
            link.end(f"pool: {error!r}")

    async def _read(self, link: L) -> None:
        lines = LineBuffer(self.line_limit)
        while link.record.is_open:
            if link.is_frozen:
                await link.ended.wait()
                return
            data = await link.reader.read(READ_BYTES)
            if link.is_frozen:
                continue
            if not data:
                link.end("client: closed")
                return
            try:
                self.take_lines(link, lines.feed(data))
            except LineTooLongError as error:
                self.take_lines(link, error.lines)
                self.take_long_line(link)


def _bound(port: int) -> socket.socket:
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    link.setblocking(False)
    link.bind((HOST, port))
    return link
