"""Many pages that watch the live stream of a real web process, some of which never read, in a thread of their own.

A page's browser is elsewhere; here it takes from the computer that mines. So a page that reads does as little as it
can: it finds the number of the Frame in the text, and answers pings.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.browser_socket import BrowserSocket

_OPEN_S = 60.0
_SMALL_BUFFER = 4096
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_HEAD = b"\r\n\r\n"
_KIND = re.compile(rb'^{"type":\s*"(\w+)"')
_SEQ = re.compile(rb'"frame":\s*{[^{]*?"seq":\s*(\d+)')
_AT = re.compile(rb'"at":\s*([\d.]+)')


class _Page(asyncio.Protocol):
    """A page that reads (RFC 6455). `seq`: the number of the newest Frame that it was shown; 0 before the first."""

    def __init__(self, port: int, cookie: str) -> None:
        self.seq = 0
        self.is_closed = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._port, self._cookie = port, cookie
        self._unread = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host = f"127.0.0.1:{self._port}"
        lines = [
            "GET /ws/v1/live?node=local HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            f"Cookie: {self._cookie}", "", "",
        ]  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        """Read what is whole of it."""
        self._unread += data
        if not self.opened.done():
            if _HEAD not in self._unread:
                return
            head, _, self._unread = self._unread.partition(_HEAD)
            assert b" 101 " in head.splitlines()[0], head
            self.opened.set_result(None)
        while (size := self._frame_size()) is not None and len(self._unread) >= size[0] + size[1]:
            start, length = size
            self._take(self._unread[0] & 15, self._unread[start : start + length])
            del self._unread[: start + length]

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it."""
        self.is_closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before the websocket was open"))

    def close(self) -> None:
        """Cut the connection."""
        assert self._transport is not None
        self._transport.abort()

    def _frame_size(self) -> tuple[int, int] | None:
        """Of the first frame: bytes of its head, and of what follows."""
        if len(self._unread) < 2:
            return None
        length = self._unread[1]
        more = {126: 2, 127: 8}.get(length, 0)
        if len(self._unread) < 2 + more:
            return None
        return 2 + more, int.from_bytes(self._unread[2 : 2 + more]) if more else length

    def _take(self, opcode: int, data: bytearray) -> None:
        if opcode == _TEXT:
            kind = _KIND.match(data)
            assert kind, bytes(data[:80])
            if kind[1] == b"ping":
                at = _AT.search(data)
                assert at, bytes(data)
                self._say(_TEXT, b'{"type": "pong", "at": ' + at[1] + b"}")
            elif found := _SEQ.search(data):
                self.seq = int(found[1])
        elif opcode == _PING:
            self._say(_PONG, bytes(data))
        elif opcode == _CLOSE:
            self.close()

    def _say(self, opcode: int, data: bytes) -> None:
        assert self._transport is not None and len(data) < 126, "longer ones have another form"
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._transport.write(bytes([0x80 | opcode, 0x80 | len(data)]) + mask + masked)


class OpenPages:
    """Its loop runs in a thread."""

    def __init__(self, port: int, cookie: str, *, readers: int, deaf: int) -> None:
        self._port, self._cookie = port, cookie
        self._deaf, self._readers = deaf, readers
        self._silent: list[BrowserSocket] = []
        self._pages: list[_Page] = []
        self._opening_s = self._cpu_s = 0.0

    async def open(self) -> None:
        """Open all of them."""
        for _ in range(self._deaf):
            self._silent.append(await BrowserSocket.open(self._port, self._cookie, receive_bytes=_SMALL_BUFFER))
        loop = asyncio.get_running_loop()
        for _ in range(self._readers):
            _, page = await loop.create_connection(lambda: _Page(self._port, self._cookie), "127.0.0.1", self._port)
            self._pages.append(page)
            await page.opened
        self._opening_s = time.thread_time()

    async def close(self) -> None:
        """Close all of them."""
        self._cpu_s = time.thread_time() - self._opening_s
        for silent in self._silent:
            silent.close()
        for page in self._pages:
            page.close()

    @property
    def seqs(self) -> list[int]:
        """The number of the newest Frame that each reading page was shown."""
        return [page.seq for page in self._pages]

    @property
    def closed_readers(self) -> int:
        """How many of the reading pages were closed by the server."""
        return sum(page.is_closed for page in self._pages)

    @property
    def cpu_s(self) -> float:
        """What the open pages themselves cost, when they are closed: browsers would pay it."""
        return self._cpu_s


@contextmanager
def open_pages(port: int, cookie: str, *, readers: int = 49, deaf: int = 1) -> Iterator[OpenPages]:
    """Open pages, and close them at the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    pages = OpenPages(port, cookie, readers=readers, deaf=deaf)

    def run(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(_OPEN_S)

    try:
        run(pages.open())
        yield pages
    finally:
        run(pages.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_OPEN_S)
        loop.close()
