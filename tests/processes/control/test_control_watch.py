"""Watching over the real control socket: everything from the start, the newest Frame, and an orderly end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mining.engine.control import NotRunningError, watch
from tests.processes.control.conftest import Desk


class _Frame(msgspec.Struct, frozen=True):
    seq: int
    padding: str = ""


class _Reader:
    """One watching process."""

    def __init__(self, home: Path) -> None:
        self.events: list[dict[str, Any]] = []
        self.task = asyncio.create_task(self._follow(home))

    async def _follow(self, home: Path) -> None:
        async for event in watch(home):
            self.events.append(event)

    def kinds(self) -> list[object]:
        return [event["event"] for event in self.events]

    async def ended(self) -> None:
        await asyncio.wait_for(self.task, 30)


async def test_who_watches_late_sees_the_start_and_the_newest_frame(desk: Desk) -> None:
    desk.hub.emit("start", version="1")
    for seq in range(3):
        desk.hub.emit_frame(_Frame(seq))
    reader = _Reader(desk.home)
    await desk.until(lambda: len(reader.events) == 2, "start and frame")
    assert (reader.events[0]["event"], reader.events[0]["version"]) == ("start", "1")
    assert reader.events[1]["seq"] == 2
    await desk.server.close()
    await reader.ended()


async def test_events_and_frames_arrive_as_they_happen_at_every_watcher(desk: Desk) -> None:
    readers = [_Reader(desk.home), _Reader(desk.home)]
    desk.hub.emit("start")
    await desk.until(lambda: all(reader.kinds() == ["start"] for reader in readers), "start")
    desk.hub.emit("job", id="a")
    desk.hub.emit_frame(_Frame(1))
    await desk.until(lambda: all(reader.kinds()[1:] == ["job", "frame"] for reader in readers), "job and frame")
    await desk.server.close()
    for reader in readers:
        await reader.ended()


async def test_what_was_told_before_the_end_is_read_before_the_end(desk: Desk) -> None:
    reader = _Reader(desk.home)
    desk.hub.emit("start")
    await desk.until(lambda: reader.kinds() == ["start"], "start")
    desk.hub.emit("summary", hashes=3)
    desk.hub.emit("bye", exit_code=0)
    await desk.server.close()
    await reader.ended()
    assert reader.kinds() == ["start", "summary", "bye"]


async def test_a_reader_that_does_not_read_holds_up_neither_others_nor_the_end(desk: Desk) -> None:
    async with desk.connection() as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b'{"op":"watch"}\n')
        quick = _Reader(desk.home)
        for seq in range(60):
            desk.hub.emit_frame(_Frame(seq, "x" * 50_000))
            desk.hub.emit("log", number=seq)
            await desk.until(lambda: seq in [event.get("number") for event in quick.events], f"log {seq}")  # noqa: B023
        assert quick.kinds().count("log") == 60
        async with asyncio.timeout(30):
            await desk.server.close()
        await quick.ended()
        writer.transport.abort()


async def test_a_watcher_that_left_is_forgotten(desk: Desk) -> None:
    reader = _Reader(desk.home)
    desk.hub.emit("start")
    await desk.until(lambda: reader.kinds() == ["start"], "start")
    reader.task.cancel()
    await asyncio.gather(reader.task, return_exceptions=True)

    def is_forgotten() -> bool:
        desk.hub.emit("log", sentence="anybody there?")
        return not desk.hub._watchers

    await desk.until(is_forgotten, "the mailbox is closed")
    assert await desk.ask("status") == {"ok": True}


async def test_watching_nobody_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="Nothing is running from"):
        async for _ in watch(tmp_path):
            pass


async def test_requests_are_answered_while_others_watch(desk: Desk) -> None:
    reader = _Reader(desk.home)
    desk.hub.emit("start")
    await desk.until(lambda: reader.kinds() == ["start"], "start")
    assert await desk.ask("status") == {"ok": True}
    await desk.server.close()
    await reader.ended()
