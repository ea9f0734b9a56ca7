"""Who may watch the live stream, when the page is opened and while it is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import DatabaseError

from minerconsole.feed import FrameFeed
from minerconsole.live import access
from tests.django.live.conftest import Open
from tests.support.frames import mining_frame
from tests.support.live_page import LivePage
from tests.support.visitors import cookie_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[Any], Awaitable[None]]


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_whoever_has_a_role_watches_and_is_told_which(application: Any, feed: FrameFeed, role: str) -> None:
    feed.take_frame(mining_frame(seq=1))
    cookie = await sync_to_async(lambda: cookie_of(make_user(role)))()
    async with LivePage(application, cookie) as page:
        assert (await page.next())["role"] == role
        assert (await page.next())["frame"]["seq"] == 1


@pytest.mark.parametrize("cookie", ["", "minerconsole=", "minerconsole=0123456789abcdef0123456789abcdef", "other=1"])
async def test_a_stranger_is_told_nothing(application: Any, feed: FrameFeed, cookie: str) -> None:
    feed.take_frame(mining_frame(seq=1))
    async with LivePage(application, cookie) as page:
        assert await page.next() == {"type": "closed", "code": 4401}
        assert await page.says_nothing()
    assert application.hub.open_sockets == 0


async def test_a_user_without_a_role_is_told_nothing(application: Any) -> None:
    cookie = await sync_to_async(lambda: cookie_of(make_user("roleless")))()
    async with LivePage(application, cookie) as page:
        assert await page.next() == {"type": "closed", "code": 4403}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8080", "null", ""])
async def test_a_page_of_another_site_gets_no_handshake_even_with_the_cookie(open_page: Open, origin: str) -> None:
    async with open_page(origin=origin) as page:
        assert not page.is_accepted


@pytest.mark.parametrize("path", ["/", "/ws/v1/live/", "/ws/v1/other", "/api/v1/frame"])
async def test_other_websocket_addresses_get_no_handshake(open_page: Open, path: str) -> None:
    async with open_page(path=path) as page:
        assert not page.is_accepted


async def _logged_out(user: Any) -> None:
    await Session.objects.all().adelete()


async def _deactivated(user: Any) -> None:
    user.is_active = False
    await user.asave()


async def _other_password(user: Any) -> None:
    user.set_password("another long password")
    await user.asave()


async def _no_role(user: Any) -> None:
    await user.groups.aclear()


@pytest.mark.usefixtures("short_periods")
@pytest.mark.parametrize(
    ("change", "code"),
    [(_logged_out, 4401), (_deactivated, 4401), (_other_password, 4401), (_no_role, 4403)],
)
async def test_who_may_watch_no_longer_is_closed_on_a_live_socket(application: Any, change: Change, code: int) -> None:
    user = await sync_to_async(make_user)("operator")
    cookie = await sync_to_async(cookie_of)(user)
    async with LivePage(application, cookie) as page, LivePage(application, cookie) as other:
        await page.until("snapshot")
        await change(user)
        began = time.monotonic()
        assert await page.closed() == code
        assert await other.closed() == code
        assert time.monotonic() - began < 30


def test_the_periods_of_the_product_close_within_five_seconds(settings: Any) -> None:
    assert settings.LIVE_CHECK_S <= 4.5
    assert settings.LIVE_PONG_S == 12
    assert settings.LIVE_PING_S == 5


@pytest.mark.usefixtures("short_periods")
async def test_another_role_begins_anew(application: Any) -> None:
    user = await sync_to_async(make_user)("viewer")
    async with LivePage(application, await sync_to_async(cookie_of)(user)) as page:
        assert (await page.next())["role"] == "viewer"
        await page.until("snapshot")
        await user.groups.aadd((await Group.objects.aget_or_create(name="operator"))[0])
        assert (await page.until("hello"))["role"] == "operator"
        assert (await page.next())["type"] == "snapshot"


@pytest.mark.usefixtures("short_periods")
async def test_many_pages_of_one_login_are_checked_once(
    application: Any, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(session_key: str) -> access.Verdict:
        asked.append(session_key)
        return await real(session_key)

    real = access.ask
    monkeypatch.setattr(access, "ask", ask)  # what the book asks; pages that open ask for themselves
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(LivePage(application, cookie)) for _ in range(20)]
        asked.clear()
        began = time.monotonic()
        while len(asked) < 3:
            await asyncio.sleep(0.01)
            assert time.monotonic() - began < 30
        assert time.monotonic() - began >= 0.2, "20 pages would have asked 40 times in this time"
        assert application.hub.access.sessions == 1
        assert len(pages) == application.hub.open_sockets


@pytest.mark.usefixtures("short_periods")
async def test_a_database_that_is_busy_once_throws_nobody_out_and_one_that_stays_away_does(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = 2

    def judge(session_key: str) -> access.Verdict:
        nonlocal troubles
        troubles -= 1
        if troubles >= 0:
            raise DatabaseError("database is locked")
        return real(session_key)

    real = access.verdict_of
    async with open_page() as page:
        await page.until("snapshot")
        monkeypatch.setattr(access, "verdict_of", judge)
        while troubles >= 0:
            assert (await page.until("ping", "link"))["type"] in ("ping", "link")
        troubles = 1000
        assert await page.closed() == 1011
    assert "database is locked" in caplog.text


async def test_one_check_asks_for_session_user_and_roles(
    cookie: str, django_assert_num_queries: Callable[[int], Any]
) -> None:
    def check() -> access.Verdict:
        with django_assert_num_queries(3):
            return access.verdict_of(cookie.partition("=")[2])

    assert (await sync_to_async(check)()).close_code == 0
