"""Many pages that watch the live stream of a real web process, some of which never read, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.browser_socket import BrowserSocket

_OPEN_S = 60.0
_SMALL_BUFFER = 4096
_LARGE_BUFFER = 1 << 16  # a message at once: what pages cost here, browsers would pay


class OpenPages:
    """`seqs`: the number of the newest Frame that each reading page was shown. Its loop runs in a thread."""

    def __init__(self, port: int, cookie: str, *, readers: int, deaf: int) -> None:
        self.seqs = [0] * readers
        self._port, self._cookie, self._deaf = port, cookie, deaf
        self._pages: list[BrowserSocket] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._cpu_s = 0.0

    async def open(self) -> None:
        """Open all of them."""
        for _ in range(self._deaf):
            page = await BrowserSocket.open(self._port, self._cookie, receive_bytes=_SMALL_BUFFER)
            self._pages.append(page)
        for number in range(len(self.seqs)):
            page = await BrowserSocket.open(self._port, self._cookie, limit=_LARGE_BUFFER)
            self._pages.append(page)
            self._tasks.append(asyncio.create_task(self._read(number, page)))

    async def close(self) -> None:
        """Close all of them."""
        self._cpu_s = time.thread_time()
        for page in self._pages:
            page.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def closed_readers(self) -> int:
        """How many of the reading pages were closed by the server."""
        return sum(task.done() for task in self._tasks)

    @property
    def cpu_s(self) -> float:
        """What the pages themselves cost, when they are closed: browsers would pay it."""
        return self._cpu_s

    async def _read(self, number: int, page: BrowserSocket) -> None:
        while (message := await page.next()) is not None:
            if message.get("frame") is not None:
                self.seqs[number] = message["frame"]["seq"]


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
