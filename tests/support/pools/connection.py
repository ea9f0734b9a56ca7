"""One socket of a test pool: what goes out, with the faults that touch it, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.support.pools.book import PoolBook
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import ConnectionRecord, Line
from tests.support.pools.state import Session

GLUE_S = 0.05
PIECE_PAUSE_S = 0.001
FLOOD_CHUNK = 1 << 16
S = TypeVar("S")
_TCP_REPAIR = 19  # linux/tcp.h; a socket in repair mode is closed without a segment


@dataclass(frozen=True, slots=True)
class _Outgoing:
    data: bytes
    is_login_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Flood:
    size: int


class Link(Generic[S]):
    """`session`: that of its last login, of the dialect's own type.

    `login_count` counts logins that were taken or are being answered. `is_frozen`: half-open, nothing is read or
    written any more.
    """

    def __init__(
        self, book: PoolBook, record: ConnectionRecord, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.book = book
        self.record = record
        self.reader = reader
        self.writer = writer
        self.session: S | None = None
        self.login_count = 0
        self.is_login_answered = False
        self.is_frozen = False
        self.protocol_errors = 0
        self.last_notice = b""
        self.ended = asyncio.Event()
        self._queue: asyncio.Queue[_Outgoing | _Flood | None] = asyncio.Queue()

    @property
    def is_open(self) -> bool:
        """Whether lines still go out, as far as this side knows."""
        return self.record.is_open and not self.is_frozen

    def reply(self, line: bytes, *, is_login_answer: bool = False) -> bool:
        """Answer a request, or not, or late. Returns whether the answer is on its way."""
        trouble = self.book.trouble
        if not self.is_open or trouble.has(FaultKind.DROP_REPLIES):
            return False
        outgoing = _Outgoing(line, is_login_answer)
        if trouble.has(FaultKind.LATE_REPLIES):
            asyncio.get_running_loop().call_later(trouble.delay_s, self._queue.put_nowait, outgoing)
        else:
            self._queue.put_nowait(outgoing)
        return True

    def notice(self, line: bytes) -> None:
        """Send what is no answer."""
        if self.is_open:
            self.last_notice = line
            self._queue.put_nowait(_Outgoing(line))

    def flood(self, size: int) -> None:
        """Send `size` bytes without a line end."""
        if self.is_open:
            self._queue.put_nowait(_Flood(size))

    def close(self, why: str) -> None:
        """End it in order, after what is queued."""
        if self.record.is_open:
            self.end(f"pool: {why}")

    def vanish(self) -> None:
        """Be gone without a FIN: the other side's next segment meets no socket. Needs CAP_NET_ADMIN, else a reset."""
        if not self.record.is_open:
            return
        self.end("pool: vanished")
        link = self.writer.get_extra_info("socket")
        try:
            link.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        except OSError:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def end(self, why: str) -> None:
        """Note the end, and close after what is queued; the first reason stays."""
        if self.record.is_open:
            self.record.ended, self.record.ended_at = why, time.monotonic()
            self.ended.set()
            self._queue.put_nowait(None)
            self.book.notify()

    async def write_lines(self) -> None:
        """Send what is queued until the end of the connection."""
        while (item := await self._queue.get()) is not None:
            if self.is_frozen:
                continue
            if isinstance(item, _Flood):
                await self._write_flood(item.size)
                continue
            data = item.data
            if self.book.trouble.has(FaultKind.GLUE):
                await asyncio.sleep(GLUE_S)
                data += self._take_queued_lines()
            await self._write(data)
            self._note_written(data, is_login_answer=item.is_login_answer)
        self.writer.close()

    def _take_queued_lines(self) -> bytes:
        taken = b""
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if not isinstance(item, _Outgoing):
                self._queue.put_nowait(item)
                break
            self.is_login_answered |= item.is_login_answer
            taken += item.data
        return taken

    async def _write(self, data: bytes) -> None:
        if not self.book.trouble.has(FaultKind.SPLIT):
            self.writer.write(data)
            await self.writer.drain()
            return
        dice = self.book.trouble.pieces
        while data:
            size = dice.randint(1, 40)
            self.writer.write(data[:size])
            await self.writer.drain()
            data = data[size:]
            if data:  # what is whole is noted before the other side can have answered it
                await asyncio.sleep(PIECE_PAUSE_S)

    async def _write_flood(self, size: int) -> None:
        chunk = b'{"a":"' + b"x" * (FLOOD_CHUNK - 6)
        while size > 0 and self.record.is_open:
            part = chunk[:size]
            self.writer.write(part)
            await self.writer.drain()
            size -= len(part)
            self.record.flooded_bytes += len(part)

    def _note_written(self, data: bytes, *, is_login_answer: bool) -> None:
        self.is_login_answered |= is_login_answer
        now = time.monotonic()
        self.record.answers.extend(Line(now, line) for line in data.splitlines())
        self.book.notify()


class Connection(Link[Session]):
    """A connection of a cryptonote pool."""
