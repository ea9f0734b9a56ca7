"""The status page: what it shows without a script, and that it needs no exception from its own policy."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

import mining
from minerconsole.feed import FrameFeed
from tests.support.asgi import get
from tests.support.frames import mining_frame
from tests.support.visitors import cookie_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def visitor(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be logged in, as a viewer."""
    monkeypatch.setitem(_COOKIES, "viewer", cookie_of(make_user("viewer")))


_COOKIES: dict[str, str] = {}


class _Inline(HTMLParser):
    """Collects what a strict policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        self.found.extend(name for name in names if name == "style" or name.startswith("on"))


def _feed(*, offline: bool = False, age_s: float = 0.0) -> FrameFeed:
    now = [0.0]
    feed = FrameFeed(Path("/nowhere"), clock=lambda: now[0])
    feed.take_frame(mining_frame(offline=offline))
    now[0] = age_s
    return feed


async def _page(feed: FrameFeed | None) -> str:
    answer = await get("/", feed=feed, cookie=_COOKIES["viewer"])
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.body


async def test_the_payee_and_its_source_are_in_the_page_itself() -> None:
    assert "Mining XMR to 48edfH…oD, from mining_config.env" in await _page(_feed())


async def test_offline_is_said_in_the_page_itself() -> None:
    assert "OFFLINE: nothing is earned" in await _page(_feed(offline=True))


async def test_without_a_miner_the_page_says_so() -> None:
    page = await _page(None)
    assert 'data-freshness="never"' in page
    assert "No figures from the miner yet" in page


async def test_old_figures_are_marked_by_their_age() -> None:
    for age_s, word in ((1.0, "live"), (5.0, "late"), (30.0, "stale"), (90.0, "offline")):
        assert f'data-freshness="{word}"' in await _page(_feed(age_s=age_s))


async def test_the_page_names_the_program_as_it_was_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = await _page(_feed())
    assert 'data-program="./manage.sh"' in page and "<code>./manage.sh stop</code>" in page
    monkeypatch.setattr(mining, "__file__", "/nowhere/site-packages/mining/__init__.py")
    page = await _page(_feed())
    assert 'data-program="minerconsole"' in page and "<code>minerconsole stop</code>" in page


async def test_the_page_has_no_inline_script_or_style() -> None:
    parser = _Inline()
    parser.feed(await _page(_feed()))
    assert parser.found == []


async def test_every_file_the_page_names_is_served() -> None:
    addresses = re.findall(r'(?:src|href)="(/[^"]+)"', await _page(_feed()))
    files = [address for address in addresses if address.startswith("/static/")]
    assert len(files) == 4
    for address in files:
        assert (await get(address)).status == 200


def test_the_script_writes_text_only() -> None:
    script = (settings.PACKAGE / "static/minerconsole/status.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", script)
