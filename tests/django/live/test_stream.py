"""The live stream as a page sees it: what it is told, in which order, and what it may say."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from minerconsole.feed import FrameFeed
from minerconsole.live import consumer
from minerconsole.live.wording import frame_json
from mining.engine.node_id import node_id_of
from tests.django.live.conftest import Clock, Open
from tests.support.frames import mining_frame
from tests.support.live_page import LivePage

pytestmark = pytest.mark.django_db(transaction=True)
LOG: dict[str, object] = {"event": "log", "level": "info", "sentence": "hello"}
HANDSHAKE = ["hello", "snapshot"]


async def _begun(page: LivePage) -> dict[str, Any]:
    """Read hello and snapshot; returns the snapshot."""
    first, second = await page.next(), await page.next()
    assert [first["type"], second["type"]] == HANDSHAKE
    return second


async def test_it_begins_with_hello_then_a_snapshot_then_frames(feed: FrameFeed, clock: Clock, open_page: Open) -> None:
    feed.take_frame(mining_frame(seq=7))
    feed.take(LOG)
    clock.now += 1.25
    async with open_page() as page:
        hello = await page.next()
        assert hello["type"] == "hello"
        assert (hello["protocol"], hello["interval_s"], hello["role"]) == (3, 1, "viewer")
        assert hello["node"] == mining_frame().node_id
        assert len(hello["epoch"]) == 26
        assert abs(hello["server_time"] - time.time()) < 10
        snapshot = await page.next()
        assert snapshot["type"] == "snapshot"
        assert (snapshot["age_s"], snapshot["linked"], snapshot["events"]) == (1.25, True, [LOG])
        assert snapshot["payee_line"] == "Mining XMR to 48edfH…oD, from mining_config.env"
        assert snapshot["frame"] == msgspec.json.decode(frame_json(mining_frame(seq=7)))
        for count in (1, 2):
            feed.take_frame(mining_frame(seq=7 + count))
            frame = await page.next()
            assert frame["type"] == "frame"
            assert (frame["seq"], frame["frame"]["seq"]) == (snapshot["seq"] + count, 7 + count)
            assert (frame["age_s"], frame["linked"], frame["payee_line"]) == (0.0, True, snapshot["payee_line"])


async def test_before_the_first_frame_the_snapshot_is_empty_and_names_this_computer(
    open_page: Open, settings: Any
) -> None:
    async with open_page() as page:
        assert (await page.next())["node"] == node_id_of(settings.MINERCONSOLE_HOME)
        snapshot = await page.next()
        assert snapshot == {
            "type": "snapshot", "seq": 0, "age_s": None, "linked": False, "frame": None, "payee_line": "",
            "events": [], "event_seq": 0,
        }  # fmt: skip


async def test_frames_that_were_not_taken_are_skipped_and_show_as_a_gap(feed: FrameFeed, open_page: Open) -> None:
    feed.take_frame(mining_frame(seq=1))
    async with open_page() as page:
        begun = await _begun(page)
        for seq in (2, 3, 4):  # no other task runs in between: the socket is as slow as can be
            feed.take_frame(mining_frame(seq=seq))
        frame = await page.next()
        assert (frame["seq"], frame["frame"]["seq"]) == (begun["seq"] + 3, 4)
        assert await page.says_nothing()


async def test_events_are_told_each_and_an_overflow_is_counted(feed: FrameFeed, open_page: Open) -> None:
    feed.take_frame(mining_frame(seq=1))
    async with open_page() as page:
        await _begun(page)
        feed.take({"event": "share", "outcome": "accepted", "rtt_ms": 3.5})
        feed.take({"event": "job", "id": "7"})
        feed.take({"event": "summary", "seconds": 7})
        message = await page.next()
        assert message == {"type": "event", "seq": 1, "event": {"event": "share", "outcome": "accepted", "rtt_ms": 3.5}}
        assert await page.says_nothing()
        for number in range(130):
            feed.take({**LOG, "sentence": str(number)})
        assert await page.next() == {"type": "events_skipped", "count": 30}
        told = [await page.next() for _ in range(100)]
        assert [message["event"]["sentence"] for message in told] == [str(number) for number in range(30, 130)]
        assert [message["seq"] for message in told] == list(range(32, 132))


async def test_a_snapshot_holds_the_newest_two_hundred_events(feed: FrameFeed, open_page: Open) -> None:
    feed.take_frame(mining_frame(seq=1))
    for number in range(250):
        feed.take({**LOG, "sentence": str(number)})
    async with open_page() as page:
        snapshot = await _begun(page)
        assert [event["sentence"] for event in snapshot["events"]] == [str(number) for number in range(50, 250)]
        assert snapshot["event_seq"] == 250
        feed.take(LOG)
        assert (await page.next())["seq"] == 251


async def test_another_supervisor_is_a_new_snapshot(feed: FrameFeed, open_page: Open) -> None:
    feed.take_frame(mining_frame(seq=9))
    async with open_page() as page:
        await _begun(page)
        feed.take_frame(msgspec.structs.replace(mining_frame(seq=1), epoch="01JCYV000000000000000OTHER"))
        snapshot = await page.next()
        assert (snapshot["type"], snapshot["frame"]["seq"]) == ("snapshot", 1)


async def test_a_new_connection_repeats_its_events_in_a_snapshot_and_none_twice(
    feed: FrameFeed, open_page: Open
) -> None:
    feed.take_frame(mining_frame(seq=1))
    feed.take(LOG)
    async with open_page() as page:
        await _begun(page)
        feed.lose()
        assert (await page.next())["linked"] is False
        feed.begin()
        feed.take(LOG)
        feed.take({**LOG, "sentence": "while it was away"})
        feed.take_frame(mining_frame(seq=3))
        snapshot = await page.until("snapshot", "event")
        assert snapshot["type"] == "snapshot"
        assert [event["sentence"] for event in snapshot["events"]] == ["hello", "while it was away"]


@pytest.mark.usefixtures("short_periods")
async def test_while_the_miner_is_away_the_age_is_told_again_and_again(
    feed: FrameFeed, clock: Clock, open_page: Open
) -> None:
    feed.take_frame(mining_frame(seq=1))
    async with open_page() as page:
        await _begun(page)
        feed.lose()
        assert await page.until("link") == {"type": "link", "linked": False, "age_s": 0.0}
        clock.now += 5
        while (await page.until("link"))["age_s"] != 5.0:
            pass
        feed.begin()
        feed.take_frame(mining_frame(seq=2))
        assert (await page.until("snapshot"))["linked"] is True
        assert (await page.until("link"))["linked"] is True


async def test_a_resync_is_answered_with_a_snapshot_at_most_once_a_second(
    feed: FrameFeed, open_page: Open, settings: Any
) -> None:
    settings.LIVE_RESYNC_S = 0.3
    feed.take_frame(mining_frame(seq=1))
    async with open_page() as page:
        await _begun(page)
        began = time.monotonic()
        for _ in range(5):
            await page.say({"type": "resync"})
        assert (await page.next())["type"] == "snapshot"
        await page.say({"type": "resync"})
        assert (await page.next())["type"] == "snapshot", "asked again too early: it comes later"
        assert time.monotonic() - began >= 0.3
        assert await page.says_nothing()


async def test_a_slower_rate_offers_fewer_frames_without_a_gap(feed: FrameFeed, clock: Clock, cookie: str) -> None:
    from minerconsole.asgi import FedApplication

    application = FedApplication(feed)
    application.hub._clock = clock
    feed.take_frame(mining_frame(seq=1))
    async with LivePage(application, cookie) as page:
        begun = await _begun(page)
        await page.say({"type": "rate", "every_s": 5})
        assert await page.says_nothing()
        for seq in range(2, 14):
            clock.now += 1
            feed.take_frame(mining_frame(seq=seq))
            if seq in (2, 7, 12):
                frame = await page.next()
                assert (frame["frame"]["seq"], frame["seq"]) == (seq, begun["seq"] + 1 + (seq - 2) // 5)
            else:
                assert await page.says_nothing()
        await page.say({"type": "rate", "every_s": 1})
        assert await page.says_nothing()
        feed.take_frame(mining_frame(seq=14))
        assert (await page.next())["frame"]["seq"] == 14


@pytest.mark.parametrize(
    "word",
    [
        "x", "[]", "null", '{"type":"pong"}', '{"type":"pong","at":"now"}', '{"type":"rate","every_s":2}', "9" * 5000,
        '{"type":"resync","node":"other"}', '{"type":"stop"}', "[" * 4000, '{"type":"resync"' + " " * 4096 + "}",
    ],
)  # fmt: skip
async def test_what_no_page_says_ends_the_connection(open_page: Open, word: str) -> None:
    async with open_page() as page:
        await page.say(word)
        assert await page.closed() == 4400


async def test_a_binary_message_ends_the_connection(open_page: Open) -> None:
    async with open_page() as page:
        await page.say_bytes(b'{"type":"resync"}')
        assert await page.closed() == 4400


@pytest.mark.usefixtures("short_periods")
async def test_a_page_that_answers_pings_stays_and_one_that_does_not_is_closed(
    open_page: Open, settings: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVE_PONG_S = 0.7
    monkeypatch.setattr(consumer, "time", SimpleNamespace(monotonic=clock, time=time.time))
    async with open_page() as page:
        await _begun(page)
        for _ in range(6):
            clock.now += 0.5
            ping = await page.until("ping")
            assert abs(ping["at"] - time.time()) < 10
            await page.say({"type": "pong", "at": ping["at"]})
            await page.says_nothing()  # the answer is heard before time goes on
        clock.now += 0.5
        await page.say({"type": "pong", "at": 12.5})  # answers no ping of ours
        await page.says_nothing()
        clock.now += 0.5
        assert await page.closed() == 4408


async def test_pages_are_told_before_the_process_ends(application: Any, open_page: Open) -> None:
    async with open_page() as first, open_page() as second:
        for page in (first, second):
            await _begun(page)
        await application.hub.say_goodbye(30.0)
        assert application.hub.open_sockets == 0
        for page in (first, second):
            assert await page.next() == {"type": "bye", "retry_in_s": 1.0}
            assert await page.closed() == 1012


async def test_a_node_that_is_not_here_is_unknown(feed: FrameFeed, open_page: Open, settings: Any) -> None:
    feed.take_frame(mining_frame(seq=1))
    for node in (mining_frame().node_id, node_id_of(settings.MINERCONSOLE_HOME), "local"):
        async with open_page(node=node) as page:
            assert (await page.next())["node"] == mining_frame().node_id
    for node in ("01JCYV0000000000000000ELSE", "x", "../etc"):
        async with open_page(node=node) as page:
            assert await page.closed() == 4404


async def test_a_socket_that_is_closed_leaves_nothing_behind(
    application: Any, open_page: Open, feed: FrameFeed
) -> None:
    async with open_page() as page:
        await _begun(page)
        assert application.hub.open_sockets == 1
    assert application.hub.open_sockets == 0
    assert application.hub.access.sessions == 0
    feed.take_frame(mining_frame(seq=1))


def test_a_feed_that_follows_nobody_says_so() -> None:
    assert FrameFeed(Path("/nowhere")).is_linked is False
