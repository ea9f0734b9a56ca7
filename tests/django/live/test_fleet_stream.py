"""The stream of the fleet page: hello, a snapshot with what is known of each node, rows each second, one slot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async

from minerconsole.asgi import FedApplication
from minerconsole.feed import FrameFeed
from minerconsole.fleet import fleet_hub
from minerconsole.fleet.far_feed import FarFeed
from minerconsole.fleet.rows import COLUMNS
from minerconsole.live.mailbox import Kind, Mailbox
from mining.services.actors import COMMAND_LINE
from mining.services.node_groups import group_create, node_tags_set
from tests.support.console import make_node
from tests.support.frames import mining_frame
from tests.support.live_page import LivePage
from tests.support.visitors import cookie_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)
FLEET = "/ws/v1/fleet"


class Clock:
    """Seconds that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Far:
    """In the place of the subscriber."""

    def __init__(self, *ulids: str, clock: Clock) -> None:
        self.feeds = tuple(FarFeed(ulid, clock=clock) for ulid in ulids)

    async def refresh(self, patience_s: float) -> None:
        """Nothing is newer."""

    def feed_of(self, ulid: str) -> FarFeed | None:
        return next((feed for feed in self.feeds if feed.ulid == ulid), None)

    async def watch(self, feed: FarFeed) -> None: ...

    async def follow(self) -> None: ...


def frame(ulid: str, **changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(mining_frame(), node_id=ulid, **changes))


def rows(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in message["fleet"]["rows"]}


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_hub, "TICK_S", 0.05)
    monkeypatch.setattr(fleet_hub, "CARDS_EVERY_S", 0.05)
    monkeypatch.setattr(fleet_hub, "_FRESH_S", 0.0)


async def a_page(application: Any, role: str = "viewer") -> LivePage:
    cookie = await sync_to_async(lambda: cookie_of(make_user(role)))()
    return LivePage(application, cookie, path=FLEET)


async def known(message_of: LivePage) -> dict[str, Any]:
    """The first snapshot that names the nodes."""
    while True:
        snapshot = await message_of.until("snapshot")
        if snapshot["cards"] is not None:
            return snapshot


async def test_it_tells_what_is_known_of_each_node_and_then_rows_with_their_ages(fast: None, tmp_path: Path) -> None:
    near, away = await sync_to_async(make_node)("near"), await sync_to_async(make_node)("away")
    await sync_to_async(group_create)(COMMAND_LINE, name="hall", nodes=[near])
    await sync_to_async(node_tags_set)(COMMAND_LINE, near, ["epyc"])
    clock = Clock()
    far = Far(near.ulid, away.ulid, clock=clock)
    application = FedApplication(FrameFeed(tmp_path), far)
    far.feeds[0].take_frame(frame(near.ulid), 0.5)
    async with await a_page(application) as page:
        hello = await page.next()
        assert (hello["type"], hello["node"], hello["role"]) == ("hello", "fleet", "viewer")
        snapshot = await known(page)
        cards = {card["id"]: card for card in snapshot["cards"]}
        assert (cards[near.ulid]["name"], cards[near.ulid]["group"], cards[near.ulid]["tags"]) == (
            "near", "hall", ["epyc"],
        )  # fmt: skip
        assert snapshot["columns"] == list(COLUMNS)
        found = rows(snapshot)
        assert (found[near.ulid]["age_s"], found[near.ulid]["s60"]) == (0.5, 705.5)
        assert found[away.ulid]["age_s"] is None and found[away.ulid]["state"] is None
        assert snapshot["fleet"]["sums"]["presence"]["live"] == 1
        clock.now += 70.0
        later = await page.until("frame")
        while rows(later)[near.ulid]["age_s"] < 70.0:
            later = await page.until("frame")
        assert later["fleet"]["sums"]["presence"]["offline"] == 1 and later["fleet"]["sums"]["algorithms"] == []


async def test_a_node_that_is_renamed_tagged_or_joins_is_told_in_a_new_snapshot(fast: None, tmp_path: Path) -> None:
    node = await sync_to_async(make_node)("one")
    application = FedApplication(FrameFeed(tmp_path), Far(node.ulid, clock=Clock()))
    async with await a_page(application) as page:
        await known(page)
        await sync_to_async(node_tags_set)(COMMAND_LINE, node, ["solar"])
        snapshot = await page.until("snapshot")
        assert next(card for card in snapshot["cards"] if card["id"] == node.ulid)["tags"] == ["solar"]


def owed(mailbox: Mailbox) -> list[Kind]:
    """Take out all that is to be said, and return what it was."""
    return [item.kind for item in iter(mailbox.take, None)]


async def test_a_page_that_does_not_read_is_owed_one_message_and_without_pages_nothing_is_done(
    fast: None, tmp_path: Path
) -> None:
    application = FedApplication(FrameFeed(tmp_path), None)
    hub = application.hubs.fleet
    async with await a_page(application) as page:
        await known(page)
        slow = hub.open()
        owed(slow)
        while slow.seq < 5:  # offered while nobody takes them out
            await page.until("frame")
        assert owed(slow) == [Kind.FRAME]
        assert hub.open_sockets == 2 and hub._ticking is not None
        hub.close(slow)
    assert hub.open_sockets == 0 and hub._ticking is None


async def test_strangers_are_told_why_not(fast: None, tmp_path: Path) -> None:
    application = FedApplication(FrameFeed(tmp_path), None)
    async with LivePage(application, "", path=FLEET) as page:
        assert await page.closed() == 4401
    async with await a_page(application, "roleless") as page:
        assert await page.closed() == 4403


async def test_pages_are_told_that_the_process_ends(fast: None, tmp_path: Path) -> None:
    application = FedApplication(FrameFeed(tmp_path), None)
    async with await a_page(application) as page:
        await known(page)
        await application.hubs.say_goodbye(30.0)
        assert (await page.until("bye"))["type"] == "bye"
        assert await page.closed() == 1012
