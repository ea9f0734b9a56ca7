"""The live stream of the real web process: many pages, one that never reads, and what it costs miner and memory."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from minerconsole.live.wording import frame_json
from mining.engine.control import ControlServer
from mining.engine.event_hub import EventHub
from mining.telemetry.frame import CoreRow, Frame
from tests.support.browser_socket import BrowserSocket
from tests.support.frames import mining_frame
from tests.support.web_peer import WebPeer, web_peer

PAGES = 50
SMALL_BUFFER = 4096
WIDE = 1000  # cores: a Frame of more than 40 KB
WIDE_BYTES = 40_000
PATIENCE_S = 60.0
SILENT_S = 7.0  # so long a page may say nothing: after 12 s it is closed


def _wide_frame(seq: int, cores: int) -> Frame:
    rows = [_core(core, seq) for core in range(cores)]
    return msgspec.structs.replace(mining_frame(seq=seq), cores=rows)


def _core(core: int, seq: int) -> CoreRow:
    """One of which each value differs from the next core's."""
    state = "hashing" if core % 2 else "paused"
    return CoreRow(core, state, 355.1 + core / 7, 12345 + seq * core, core % 3, core % 8 / 10)


@asynccontextmanager
async def _miner(web: WebPeer) -> AsyncIterator[EventHub]:
    """A Supervisor as far as `web` sees one, which shows its first Frame: no longer one of the test before."""
    hub = EventHub()
    server = ControlServer(web.home, hub, lambda op, message: {"ok": True})
    await server.start()
    hub.emit_frame(mining_frame(seq=1))
    page = await BrowserSocket.open(web.port, web.cookie)
    try:
        async with asyncio.timeout(PATIENCE_S):
            shown = None
            while shown != (True, 1):
                message = await page.next()
                assert message is not None
                if message.get("frame") is not None:
                    shown = (message["linked"], message["frame"]["seq"])
        page.close()
        yield hub
    finally:
        page.close()
        await server.close()


class Browser:
    """Opens pages, and closes all of them at the end of a test, however it ends."""

    def __init__(self) -> None:
        self._opened: list[BrowserSocket] = []
        self._readers: list[Reader] = []

    async def open(self, web: WebPeer, *, receive_bytes: int = 0, answers: bool = True) -> BrowserSocket:
        """A page that reads when it is asked to."""
        page = await BrowserSocket.open(web.port, web.cookie, receive_bytes=receive_bytes, answers=answers)
        self._opened.append(page)
        return page

    async def reader(self, web: WebPeer, *, answers: bool = True) -> Reader:
        """A page that reads all the time."""
        self._readers.append(Reader(await self.open(web, answers=answers)))
        return self._readers[-1]

    async def close(self) -> None:
        """All of them."""
        for page in self._opened:
            page.close()
        await asyncio.gather(*(reader.task for reader in self._readers), return_exceptions=True)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPeer]:
    """A web process for all tests of this file that let it live."""
    with web_peer(tmp_path_factory.mktemp("web")) as web:
        yield web


@pytest.fixture
def ending_web(tmp_path: Path) -> Iterator[WebPeer]:
    """One that may end."""
    with web_peer(tmp_path) as web:
        yield web


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Of the test."""
    browser = Browser()
    yield browser
    await browser.close()


class Reader:
    """A page that reads all the time. `first` and `last`: stream and frame numbers of what it was shown."""

    def __init__(self, page: BrowserSocket) -> None:
        self.page = page
        self.first: tuple[int, int] | None = None
        self.last = (0, 0)
        self.types: list[str] = []
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (message := await self.page.next()) is not None:
            self.types.append(message["type"])
            if message.get("frame") is not None:
                self.last = (message["seq"], message["frame"]["seq"])
                self.first = self.first or self.last


async def _until_shown(readers: list[Reader], seq: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while any(reader.last[1] < seq for reader in readers):
            assert not any(reader.task.done() for reader in readers), "a page that reads is not closed"
            await asyncio.sleep(0.01)


async def _until_told(readers: list[Reader], events: int) -> None:
    """The last event follows the last Frame: it may come after it."""
    async with asyncio.timeout(PATIENCE_S):
        while any(reader.types.count("event") < events for reader in readers):
            await asyncio.sleep(0.01)


async def _show_second_by_second(
    browser: Browser, web: WebPeer, hub: EventHub, seconds: int, *, first: int = 2, waits: bool = False
) -> None:
    """Fifty pages, one of which never reads, see a Frame of 64 cores each second; nothing grows, nothing is lost.

    `waits`: until all have seen one before the next; a busy computer may take longer than a second for fifty pages.
    """
    await browser.open(web, receive_bytes=SMALL_BUFFER)
    readers = [await browser.reader(web) for _ in range(PAGES - 1)]
    hub.emit_frame(_wide_frame(first, 64))
    await _until_shown(readers, first)
    memory_mib = web.memory_mib()
    for seq in range(first + 1, first + 1 + seconds):
        hub.emit_frame(_wide_frame(seq, 64))
        hub.emit("log", level="info", sentence=f"second {seq}")
        await asyncio.sleep(1)
        if waits:
            await _until_shown(readers, seq)
    await _until_shown(readers, first + seconds)
    await _until_told(readers, seconds)
    for reader in readers:
        assert reader.first is not None
        taken = reader.last[0] - reader.first[0]  # the stream's numbers count the Frames that reached the web process
        assert taken >= 0.99 * (reader.last[1] - reader.first[1])
        assert reader.types.count("event") == seconds
    assert web.memory_mib() - memory_mib < 8
    await browser.close()


async def test_fifty_pages_one_of_which_never_reads_cost_no_frame_and_no_memory(web: WebPeer, browser: Browser) -> None:
    async with _miner(web) as hub:
        await _show_second_by_second(browser, web, hub, 3, waits=True)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_ten_minutes_of_fifty_pages_one_of_which_never_reads(web: WebPeer, browser: Browser) -> None:
    async with _miner(web) as hub:
        await _show_second_by_second(browser, web, hub, 60)
        await _show_second_by_second(browser, web, hub, 540, first=63)


async def test_a_page_that_never_reads_is_owed_one_frame_however_many_there_were(
    web: WebPeer, browser: Browser
) -> None:
    async with _miner(web) as hub:
        idle = await browser.open(web, receive_bytes=SMALL_BUFFER)
        reader = await browser.reader(web)
        memory_mib, newest, began = 0.0, 0, time.monotonic()
        assert len(frame_json(_wide_frame(2, WIDE))) > WIDE_BYTES
        for seq in range(2, 302):
            hub.emit_frame(_wide_frame(seq, WIDE))
            await _until_shown([reader], seq)
            newest = seq
            if seq == 20:
                memory_mib = web.memory_mib()
            if seq >= 80 and time.monotonic() - began > SILENT_S:
                break  # a busy computer: these must do
        assert web.memory_mib() - memory_mib < 8, "280 Frames of 40 KB were not kept"
        shown: list[int] = []
        while not shown or shown[-1] < newest:  # now it reads
            message = await idle.next()
            assert message is not None
            if message.get("frame") is not None:
                shown.append(message["frame"]["seq"])
        assert len(shown) < 20


async def test_a_page_is_told_before_the_web_process_ends(ending_web: WebPeer, browser: Browser) -> None:
    web = ending_web
    async with _miner(web) as hub:
        readers = [await browser.reader(web) for _ in range(5)]
        await browser.open(web, receive_bytes=SMALL_BUFFER)
        hub.emit_frame(mining_frame(seq=2))
        await _until_shown(readers, 2)
        web.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(web.process.wait, PATIENCE_S) == 0
        for reader in readers:
            await asyncio.wait_for(reader.task, PATIENCE_S)
            assert reader.types[-1] == "bye"
            assert reader.page.code == 1012
        assert web.process.stderr is not None
        assert web.process.stderr.read() == ""


async def test_pages_are_told_when_the_miner_says_goodbye(ending_web: WebPeer, browser: Browser) -> None:
    web = ending_web
    async with _miner(web) as hub:
        reader = await browser.reader(web)
        await _until_shown([reader], 1)
        hub.emit("bye", exit_code=0)
        await asyncio.wait_for(reader.task, PATIENCE_S)
        assert reader.types[-1] == "bye"
        assert reader.page.code == 1012
        assert await asyncio.to_thread(web.process.wait, PATIENCE_S) == 0


@pytest.mark.soak
async def test_a_page_that_never_reads_is_closed_and_its_socket_given_back(web: WebPeer, browser: Browser) -> None:
    async with _miner(web) as hub:
        reader = await browser.reader(web)
        await _until_shown([reader], 1)
        files = web.open_files()
        await browser.open(web, receive_bytes=SMALL_BUFFER)
        silent = await browser.reader(web, answers=False)
        for seq in range(2, 22):
            hub.emit_frame(_wide_frame(seq, WIDE))
            await _until_shown([reader], seq)
            await asyncio.sleep(1)
        await asyncio.wait_for(silent.task, PATIENCE_S)
        assert silent.page.code == 4408
        async with asyncio.timeout(PATIENCE_S):
            while web.open_files() > files:
                await asyncio.sleep(0.1)
