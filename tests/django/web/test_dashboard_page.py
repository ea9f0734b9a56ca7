"""The dashboard: what it shows without a script, for whom, and that it needs no exception from its own policy."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

import mining
from minerconsole.feed import FrameFeed
from minerconsole.page_modules import page_modules
from tests.django.web.conftest import Console
from tests.support.asgi import get
from tests.support.frames import mining_frame
from tests.support.visitors import client_for, cookie_of, make_user

STATIC = settings.PACKAGE / "static"
MOST_BYTES = 400_000
_COOKIES: dict[str, str] = {}


@pytest.fixture
def viewer(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be logged in, as a viewer."""
    monkeypatch.setitem(_COOKIES, "viewer", cookie_of(make_user("viewer")))


class _Page(HTMLParser):
    """Collects the ids of a page, and what a strict policy would block."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.inline.append(tag)
        self.inline.extend(name for name in names if name == "style" or name.startswith("on"))
        self.ids.extend(filter(None, [names.get("id")]))


def _feed(*, offline: bool = False, age_s: float = 0.0) -> FrameFeed:
    now = [0.0]
    feed = FrameFeed(Path("/nowhere"), clock=lambda: now[0])
    feed.take_frame(mining_frame(offline=offline))
    now[0] = age_s
    return feed


async def _page(feed: FrameFeed | None, path: str = "/") -> str:
    answer = await get(path, feed=feed, cookie=_COOKIES["viewer"])
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.body


def _modules(entry: str) -> list[Path]:
    return [STATIC / "minerconsole/js" / entry, *(STATIC / name for name in page_modules(entry))]


def _ids_asked_for(module: Path) -> set[str]:
    """The ids that a module names, in its calls and in its lists of them."""
    text = module.read_text()
    found = set(re.findall(r'(?:byId|sayId)\("([^"]+)"\)', text))
    for listed in re.findall(r"(?:const ids = |fromEntries\(\s*)\[([^\]]+)\]", text):
        names = re.findall(r'"([^"]+)"', listed)
        found.update(f"fact-{name}" if "fact-${name}" in text else name for name in names)
    return found


async def test_the_payee_and_its_source_are_in_the_page_itself(viewer: None) -> None:
    assert "Mining XMR to 48edfH…oD, from mining_config.env" in await _page(_feed())


async def test_offline_is_said_in_the_page_itself(viewer: None) -> None:
    banner = re.compile(r'<p class="banner" id="banner"( hidden)?>OFFLINE: nothing is earned')
    for offline in (True, False):
        found = banner.search(await _page(_feed(offline=offline)))
        assert found is not None and bool(found[1]) is not offline


async def test_without_a_miner_the_page_says_so(viewer: None) -> None:
    page = await _page(None)
    assert 'data-freshness="never"' in page
    assert "No figures from the miner yet" in page


async def test_old_figures_are_marked_by_their_age(viewer: None) -> None:
    for age_s, word in ((1.0, "live"), (5.0, "late"), (30.0, "stale"), (90.0, "offline")):
        assert f'data-freshness="{word}"' in await _page(_feed(age_s=age_s))


async def test_the_page_names_the_program_as_it_was_installed(viewer: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await _page(_feed())
    assert 'data-program="./manage.sh"' in page and "<code>./manage.sh status</code>" in page
    monkeypatch.setattr(mining, "__file__", "/nowhere/site-packages/mining/__init__.py")
    page = await _page(_feed())
    assert 'data-program="minerconsole"' in page and "<code>minerconsole status</code>" in page


async def test_the_page_has_no_inline_script_or_style_and_no_id_twice(viewer: None) -> None:
    page = _Page(await _page(_feed()))
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))


async def test_every_id_that_the_scripts_need_is_in_the_page(viewer: None) -> None:
    ids = set(_Page(await _page(_feed())).ids)
    asked = {name for module in _modules("dashboard.js") for name in _ids_asked_for(module)}
    assert len(asked) > 60, "the scripts are read as they are written"
    assert asked <= ids


async def test_every_file_the_page_names_is_served_and_together_they_are_small(viewer: None) -> None:
    page = await _page(_feed())
    files = {address for address in re.findall(r'(?:src|href)="(/[^"]+)"', page) if address.startswith("/static/")}
    size = len(page)
    for address in files:
        answer = await get(address)
        assert answer.status == 200
        size += len(answer.body)
    assert {f"/static/{name}" for name in page_modules("dashboard.js")} < files
    assert size < MOST_BYTES / 2, "the other half is for what the API answers"


def test_the_scripts_write_text_only_and_load_nothing_of_others() -> None:
    scripts = list((STATIC / "minerconsole").rglob("*.js"))
    assert len(scripts) > 20
    for script in scripts:
        text = script.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\/\w", text), (
            script
        )


@pytest.mark.django_db
def test_a_viewer_is_offered_nothing_to_change_and_an_operator_is(browsers: dict[str, Client]) -> None:
    for role, can_act in (("viewer", False), ("operator", True), ("admin", True)):
        page = browsers[role].get("/").content.decode()
        assert f'data-role="{role}"' in page
        assert ("Set up coin, pool and wallet" in page) is can_act
    assert browsers["stranger"].get("/").status_code == 302
    assert browsers["roleless"].get("/").status_code == 403


@pytest.mark.django_db
def test_the_page_carries_the_node_its_cores_and_the_token_of_its_scripts(console: Console) -> None:
    page = client_for(make_user("viewer")).get("/").content.decode()
    assert f'data-node="{console.node.ulid}"' in page
    assert re.search(r'<meta name="csrf-token" content="\w{60,}">', page)
    assert page.count("&quot;cpu&quot;") == console.node.hardware["threads"]
