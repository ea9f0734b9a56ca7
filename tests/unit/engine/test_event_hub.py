"""EventHub: nobody waits for a slow reader, nobody misses the start, and order is kept."""

from __future__ import annotations

import asyncio
import json
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.engine.event_hub import BACKLOG, EventHub, Watcher

MOST_LINES = 2000


class _Frame(msgspec.Struct, frozen=True):
    seq: int


def _decoded(lines: list[bytes]) -> list[tuple[str, object]]:
    events = [json.loads(line) for line in lines]
    return [(event["event"], event.get("seq", event.get("number"))) for event in events]


async def _take(watcher: Watcher) -> list[tuple[str, object]]:
    async with asyncio.timeout(30):
        return _decoded(await watcher.take())


async def test_a_line_is_one_json_object_that_names_its_event() -> None:
    hub = EventHub()
    watcher = hub.watch()
    hub.emit("log", level="info", sentence="two\nlines and a ü")
    (line,) = await watcher.take()
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    told = json.loads(line)
    assert abs(told.pop("at") - time.time()) < 60
    assert told == {"event": "log", "level": "info", "sentence": "two\nlines and a ü"}


async def test_a_frame_event_is_the_frame_with_its_name() -> None:
    hub = EventHub()
    hub.emit_frame(_Frame(4))
    assert hub.frame_line is not None
    assert json.loads(hub.frame_line) == {"event": "frame", "seq": 4}


async def test_who_connects_late_gets_what_was_kept_and_the_newest_frame() -> None:
    hub = EventHub()
    hub.emit("start", number=0)
    for seq in range(5):
        hub.emit_frame(_Frame(seq))
    hub.emit("job", number=1)
    assert sorted(await _take(hub.watch())) == [("frame", 4), ("job", 1), ("start", 0)]


async def test_the_start_is_told_even_after_a_long_run() -> None:
    """A page that is opened after hours must learn whom the miner works for."""
    hub = EventHub()
    hub.emit("start", number=0)
    for number in range(BACKLOG * 2):
        hub.emit("share", number=number)
    assert ("start", 0) in await _take(hub.watch())


async def test_a_slow_reader_gets_the_newest_frame_only() -> None:
    hub = EventHub()
    watcher = hub.watch()
    for seq in range(10_000):
        hub.emit_frame(_Frame(seq))
    assert await _take(watcher) == [("frame", 9_999)]


async def test_a_reader_that_never_reads_costs_bounded_memory() -> None:
    hub = EventHub()
    watcher = hub.watch()
    for number in range(MOST_LINES * 3):
        hub.emit("log", number=number)
        hub.emit_frame(_Frame(number))
    taken = await _take(watcher)
    assert len(taken) <= MOST_LINES + 1
    assert ("log", MOST_LINES * 3 - 1) in taken and ("frame", MOST_LINES * 3 - 1) in taken


async def test_a_slow_reader_does_not_cost_a_quick_one_anything() -> None:
    hub = EventHub()
    slow, quick = hub.watch(), hub.watch()
    for number in range(50):
        hub.emit("log", number=number)
        assert await _take(quick) == [("log", number)]
    assert len(await _take(slow)) == 50


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["event", "frame", "read"]), max_size=40))
def test_what_is_delivered_comes_in_the_order_in_which_it_was_told(steps: list[str]) -> None:
    async def play() -> None:
        hub = EventHub()
        watcher = hub.watch()
        told: list[tuple[str, object]] = []
        seen: list[tuple[str, object]] = []
        unread = 0
        for number, step in enumerate([*steps, "event", "read"]):
            if step == "event":
                hub.emit("log", number=number)
                told.append(("log", number))
            elif step == "frame":
                hub.emit_frame(_Frame(number))
                told.append(("frame", number))
            elif unread < len(told):
                seen += await _take(watcher)
                unread = len(told)
        places = [told.index(event) for event in seen]
        assert places == sorted(places)
        assert [event for event in told if event[0] == "log"] == [event for event in seen if event[0] == "log"]

    asyncio.run(play())


async def test_the_summary_is_the_last_that_a_reader_sees_of_a_run() -> None:
    hub = EventHub()
    watcher = hub.watch()
    hub.emit("start", number=0)
    hub.emit_frame(_Frame(1))
    hub.emit("summary", number=2)
    assert (await _take(watcher))[-1] == ("summary", 2)


async def test_waiting_readers_wake_for_news_and_for_the_end() -> None:
    hub = EventHub()
    watcher = hub.watch()
    waiting = asyncio.create_task(watcher.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.emit("log", number=1)
    assert _decoded(await waiting) == [("log", 1)]
    waiting = asyncio.create_task(watcher.take())
    await asyncio.sleep(0)
    hub.end()
    assert await waiting == []


async def test_what_is_left_is_read_before_the_end() -> None:
    hub = EventHub()
    watcher = hub.watch()
    hub.emit("summary", number=1)
    hub.end()
    assert await _take(watcher) == [("summary", 1)]
    assert await _take(watcher) == []


async def test_a_closed_mailbox_gets_nothing_more() -> None:
    hub = EventHub()
    watcher = hub.watch()
    hub.unwatch(watcher)
    hub.unwatch(watcher)
    hub.emit("log", number=1)
    hub.end()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await watcher.take()
