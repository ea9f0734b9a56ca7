"""One node of a fleet that writes what it likes into its own keys, at a real Redis: the others are followed on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minerconsole.fleet.far_feed import FarFeed
from minerconsole.fleet.subscriber import FleetSubscriber
from mining.engine.ulid import new_ulid
from mining.fleet.connection import connect
from mining.fleet.keys import FRAMES, JOURNAL, node_key
from tests.support.far_node import FarNode
from tests.support.redis_server import RedisServer

SOON_S = 60.0


class Fleet:
    """A node that does what it should, and the connection of one that does not."""

    def __init__(self, node: FarNode, hostile: str, client: Any, broker: RedisServer) -> None:
        self.node, self.hostile, self.client, self.broker = node, hostile, client, broker
        self.frames, self.journal = node_key(hostile, FRAMES), node_key(hostile, JOURNAL)

    async def hears_on(self, far: FleetSubscriber) -> None:
        """Wait for a Frame that the node sends from now on."""
        feed = far.feed_of(self.node.ulid)
        assert feed is not None
        self.node.tell(plan_version=(wanted := 1000 + self.node._seq))
        await until(lambda: (gist := feed.gist()) is not None and gist.plan_version == wanted)


@pytest.fixture
def fleet(tmp_path: Path, broker: RedisServer) -> Iterator[Fleet]:
    node, hostile = FarNode(tmp_path / "one", ""), new_ulid()
    node.url = broker.add_node(node.ulid, "a secret")
    node.start()
    with contextlib.closing(connect(broker.add_node(hostile, "leaked"))) as client:
        yield Fleet(node, hostile, client, broker)
    node.stop(0.0)


@contextlib.asynccontextmanager
async def followed(fleet: Fleet, kind: type[Any] = FleetSubscriber) -> AsyncIterator[Any]:
    async def known() -> tuple[str, ...]:
        return fleet.node.ulid, fleet.hostile

    far = kind(fleet.broker.url, find_ulids=known)
    task = asyncio.get_running_loop().create_task(far.follow())
    try:
        await until(lambda: far.feed_of(fleet.hostile))
        yield far
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_true():
            await asyncio.sleep(0.01)


async def test_events_of_no_kind_end_nothing(fleet: Fleet) -> None:
    async with followed(fleet) as far:
        feed = far.feed_of(fleet.hostile)
        assert feed is not None
        await far.watch(feed)
        feed.subscribe(Listener())
        fleet.client.xadd(fleet.frames, {"n": "1", "e": b'{"event": []}'})
        fleet.client.xadd(fleet.frames, {"n": "1", "e": b'{"event": "log"}'})
        await until(lambda: feed.events)
        await fleet.hears_on(far)


async def test_a_key_that_is_no_stream_is_emptied_and_hides_nobody(fleet: Fleet, caplog: Any) -> None:
    fleet.client.hset(fleet.frames, "no", "stream")
    async with followed(fleet) as far:
        await fleet.hears_on(far)
        fleet.client.delete(fleet.frames)
        fleet.client.sadd(fleet.frames, "no stream again")
        await fleet.hears_on(far)
        await until(lambda: fleet.client.exists(fleet.frames) == 0)
    assert fleet.hostile in caplog.text and "leaked" not in caplog.text


async def test_streams_that_are_too_large_are_emptied(fleet: Fleet, caplog: Any) -> None:
    for key in (fleet.frames, fleet.journal):
        for _ in range(5):
            fleet.client.xadd(key, {"f": b"x" * (4 << 20)})
    async with followed(fleet) as far:
        await until(lambda: fleet.client.exists(fleet.frames, fleet.journal) == 0)
        await fleet.hears_on(far)
    assert f"The journal of node {fleet.hostile}" in caplog.text


async def test_a_fault_of_ours_with_one_node_is_told_once_and_the_others_are_followed(
    fleet: Fleet, monkeypatch: Any, caplog: Any
) -> None:
    take = FarFeed.take_frame

    def broken(feed: FarFeed, data: bytes, age_s: float) -> None:
        if feed.ulid == fleet.hostile:
            raise KeyError("a fault")
        take(feed, data, age_s)

    monkeypatch.setattr(FarFeed, "take_frame", broken)
    async with followed(fleet) as far:
        for _ in range(2):
            fleet.client.xadd(fleet.frames, {"n": "1", "f": b"{}"})
            await fleet.hears_on(far)
    assert caplog.text.count(f"What node {fleet.hostile} sends cannot be read") == 1


async def test_following_goes_on_after_any_fault(fleet: Fleet, caplog: Any) -> None:
    class Faulty(FleetSubscriber):
        faults = 0

        async def _step(self) -> None:
            if self.feeds and self.faults < 2:
                self.faults += 1
                raise TypeError("nobody foresaw this")
            await super()._step()

    async with followed(fleet, Faulty) as far:
        await until(lambda: far.faults == 2)
        await fleet.hears_on(far)
    assert caplog.text.count("The fleet is followed anew") == 1


class Listener:
    """Looks at a node."""

    def frame_came(self, *, is_new_stream: bool) -> None:
        """A Frame."""

    def event_came(self, kept: object) -> None:
        """An event."""

    def link_changed(self) -> None:
        """The link."""
