"""What a web process knows of Nodes far away, through a real Redis: ages by its own clock, pages of any Node, sums."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minerconsole.feed import FrameFeed
from minerconsole.fleet import subscriber
from minerconsole.fleet.sights import sights_of
from minerconsole.fleet.subscriber import FleetSubscriber
from mining.engine.ulid import new_ulid
from mining.fleet.connection import connect_async
from mining.fleet.keys import FRAMES, node_key
from mining.fleet.presence import Presence
from mining.models import Node
from mining.selectors.fleet_totals import fleet_totals
from mining.telemetry.frame import Rates
from tests.support.asgi import get
from tests.support.far_node import FarNode
from tests.support.live_page import LivePage
from tests.support.redis_server import RedisServer
from tests.support.visitors import cookie_of, make_user

SOON_S = 60.0
HERE = "01JCYV0000000000000000HERE"


class Clock:
    """The real one, moved on by `ahead` seconds."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def join(tmp_path: Path, broker: RedisServer) -> Iterator[Callable[[str], FarNode]]:
    with contextlib.ExitStack() as stack:

        def make(name: str) -> FarNode:
            node = FarNode(tmp_path / name, "")
            node.url = broker.add_node(node.ulid, f"secret of {name}")
            node.start()
            stack.callback(lambda: node.stop(0.0))
            return node

        yield make


@contextlib.asynccontextmanager
async def followed(broker: RedisServer, *ulids: str, clock: Clock | None = None) -> AsyncIterator[FleetSubscriber]:
    async def known() -> tuple[str, ...]:
        return ulids

    far = FleetSubscriber(broker.url, find_ulids=known, clock=clock or Clock())
    task = asyncio.get_running_loop().create_task(far.follow())
    try:
        yield far
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(is_true: Callable[[], object], what: str = "it") -> None:
    async with asyncio.timeout(SOON_S):
        while not is_true():
            await asyncio.sleep(0.01)
    assert is_true(), what


def presence(far: FleetSubscriber) -> dict[str, int]:
    totals = fleet_totals(sights_of(hubs_of(far), HERE))
    return {state.value: count for state, count in totals.presence.items() if count}


def hubs_of(far: FleetSubscriber) -> Any:
    from minerconsole.live.hubs import LiveHubs  # here: it needs Django to be set up

    return LiveHubs(FrameFeed(Path("/nowhere")), Path("/nowhere"), far)


async def test_sums_follow_what_each_node_tells(join: Callable[[str], FarNode], broker: RedisServer) -> None:
    one, two = join("one"), join("two")
    one.find(9)
    async with followed(broker, one.ulid, two.ulid) as far:
        one.tell(hashrate_hps=Rates(100.0, 90.0, 80.0))
        two.tell(hashrate_hps=Rates(11.0, 10.0, 9.0))
        await until(lambda: presence(far) == {"never": 1, "live": 2})
        (total,) = fleet_totals(sights_of(hubs_of(far), HERE)).algorithms
        assert (total.nodes, total.s10, total.s60, total.found) == (2, 111.0, 100.0, 9)


async def test_what_the_broker_has_is_there_as_soon_as_it_is_asked_for(
    join: Callable[[str], FarNode], broker: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "POLL_S", 3600.0)
    node = join("one")
    async with followed(broker, node.ulid) as far:
        await far.refresh(SOON_S)
        node.tell(hashrate_hps=Rates(100.0, 90.0, 80.0))
        async with contextlib.aclosing(connect_async(broker.url)) as client, asyncio.timeout(SOON_S):
            while not await client.xlen(node_key(node.ulid, FRAMES)):
                await asyncio.sleep(0.01)
        assert presence(far) == {"never": 2}
        await far.refresh(SOON_S)
        assert presence(far) == {"never": 1, "live": 1}


async def test_a_broker_that_is_away_holds_up_no_page() -> None:
    far = FleetSubscriber("redis://127.0.0.1:1/0")  # and nobody follows it
    began = time.monotonic()
    await far.refresh(0.2)
    assert 0.2 <= time.monotonic() - began < 20.0


async def test_a_silent_node_is_late_then_stale_and_in_no_sum_then_offline(
    join: Callable[[str], FarNode], broker: RedisServer
) -> None:
    clock, node = Clock(), join("one")
    async with followed(broker, node.ulid, clock=clock) as far:
        node.tell(at=1.0)  # its own clock is of no importance
        await until(lambda: presence(far) == {"never": 1, "live": 1})
        for ahead, state, counted in ((4.0, "late", 1), (11.0, "stale", 0), (61.0, "offline", 0)):
            clock.ahead = ahead
            totals = fleet_totals(sights_of(hubs_of(far), HERE))
            assert totals.presence[Presence(state)] == 1 and len(totals.algorithms) == counted


async def test_a_console_that_starts_again_shows_old_figures_as_old(
    join: Callable[[str], FarNode], broker: RedisServer
) -> None:
    node = join("one")
    with contextlib.closing(broker.client()) as client:
        node.tell()
        async with followed(broker, node.ulid) as far:
            await until(lambda: presence(far) == {"never": 1, "live": 1})
        told: Any = client.xrange(node_key(node.ulid, FRAMES))
        (entry,) = told
        seconds, _ = client.time()
        client.delete(node_key(node.ulid, FRAMES))
        client.xadd(node_key(node.ulid, FRAMES), entry[1], id=f"{(seconds - 30) * 1000}-0")
    async with followed(broker, node.ulid) as far:
        await until(lambda: presence(far) == {"never": 1, "stale": 1})
        feed = far.feed_of(node.ulid)
        assert feed is not None and feed.age_s is not None and 29.0 < feed.age_s < 40.0


async def test_a_node_cannot_speak_for_another(join: Callable[[str], FarNode], broker: RedisServer) -> None:
    one, two = join("one"), join("two")
    async with followed(broker, one.ulid, two.ulid) as far:
        one.tell(hashrate_hps=Rates(5.0))
        two.tell(hashrate_hps=Rates(7.0))
        await until(lambda: presence(far) == {"never": 1, "live": 2})
        one.ulid, two_ulid = two.ulid, two.ulid  # what is told in the stream of one
        one.tell(hashrate_hps=Rates(1e9))
        feeds = far.feeds
        await until(lambda: any(feed.unreadable_frames for feed in feeds))
        feed = far.feed_of(two_ulid)
        assert feed is not None
        newest = feed.newest()
        assert newest is not None and newest.frame.hashrate_hps.s10 == 7.0


async def test_while_the_broker_is_away_figures_grow_old_and_come_back(
    join: Callable[[str], FarNode], broker: RedisServer
) -> None:
    clock, node = Clock(), join("one")
    async with followed(broker, node.ulid, clock=clock) as far:
        node.tell()
        feed = None
        await until(lambda: presence(far) == {"never": 1, "live": 1})
        feed = far.feed_of(node.ulid)
        assert feed is not None
        broker.stop()
        await until(lambda: not feed.is_linked)
        clock.ahead = 12.0
        assert presence(far) == {"never": 1, "stale": 1}
        broker.start()
        broker.add_node(node.ulid, "secret of one")

        def is_back() -> bool:
            node.tell()
            return presence(far) == {"never": 1, "live": 1} and feed.is_linked

        await until(is_back)


async def test_a_node_that_says_goodbye_is_told_as_gone(join: Callable[[str], FarNode], broker: RedisServer) -> None:
    node = join("one")
    async with followed(broker, node.ulid) as far:
        node.tell()
        await until(lambda: presence(far) == {"never": 1, "live": 1})
        feed = far.feed_of(node.ulid)
        assert feed is not None and feed.is_linked
        await asyncio.to_thread(node.stop)
        await until(lambda: not feed.is_linked)
        node.start()


@pytest.mark.django_db(transaction=True)
async def test_a_page_shows_the_node_that_it_asks_for(join: Callable[[str], FarNode], broker: RedisServer) -> None:
    from asgiref.sync import sync_to_async

    from minerconsole.asgi import FedApplication

    cookie = await sync_to_async(lambda: cookie_of(make_user("viewer")))()
    one, two = join("one"), join("two")
    async with followed(broker, one.ulid, two.ulid) as far:
        application = FedApplication(FrameFeed(Path("/nowhere")), far)
        one.tell_event("log", level="warning", sentence="before anybody looked")
        one.tell(hashrate_hps=Rates(5.0))
        two.tell(hashrate_hps=Rates(7.0))
        await until(lambda: presence(far) == {"never": 1, "live": 2})
        async with LivePage(application, cookie, node=one.ulid.lower()) as page:
            assert (await page.until("hello"))["node"] == one.ulid
            snapshot = await page.until("snapshot")
            assert snapshot["frame"]["node_id"] == one.ulid and snapshot["age_s"] < 10
            assert [event["sentence"] for event in snapshot["events"]] == ["before anybody looked"]
            one.tell_event("log", level="info", sentence="now")
            assert (await page.until("event"))["event"]["sentence"] == "now"
            one.tell(hashrate_hps=Rates(6.0))
            assert (await page.until("frame"))["frame"]["hashrate_hps"]["s10"] == 6.0
        async with LivePage(application, cookie, node=new_ulid()) as page:
            assert await page.closed() == 4404


@pytest.mark.django_db(transaction=True)
async def test_the_dashboard_of_a_far_node_begins_with_its_figures(
    join: Callable[[str], FarNode], broker: RedisServer
) -> None:
    from asgiref.sync import sync_to_async

    cookie = await sync_to_async(lambda: cookie_of(make_user("viewer")))()
    node = join("one")
    await Node.objects.acreate(ulid=node.ulid, name="one")
    async with followed(broker, node.ulid) as far:
        node.tell(hashrate_hps=Rates(7.0, 7.25, 7.0))
        await until(lambda: presence(far) == {"never": 1, "live": 1})
        feed = FrameFeed(Path("/nowhere"))
        page = await get("/", query=f"node={node.ulid}", feed=feed, far=far, cookie=cookie)
        assert page.status == 200 and f'data-stream="{node.ulid}"' in page.body and "7.25" in page.body
        assert (await get("/", query=f"node={new_ulid()}", feed=feed, far=far, cookie=cookie)).status == 404
        told = await get("/api/v1/frame", query=f"node={node.ulid}", feed=feed, far=far, cookie=cookie)
        assert json.loads(told.body)["node_id"] == node.ulid
        totals = await get("/api/v1/fleet/totals", feed=feed, far=far, cookie=cookie)
        assert json.loads(totals.body)["algorithms"][0]["hashrate_hps"] == {"s10": 7.0, "s60": 7.25, "m15": 7.0}
