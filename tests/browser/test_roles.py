"""Who sees what, and who can do what, in a real Chromium: stranger, viewer, operator, administrator."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Tab, tab
from tests.support.control_page import ControlPage
from tests.support.prepared_home import DATABASE
from tests.support.site import Site

PAGES = ("/", "/control", "/start")
RECHECK_S = 5.0
BUSY_S = 30.0  # what a busy machine may take beside that
_ORDER = """(order) => {
  const { node } = document.getElementById("main").dataset;
  const headers = { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content };
  return fetch(`/api/v1/nodes/${node}/${order}`, { method: "POST", headers })
    .then(async (answer) => [answer.status, await answer.text()]);
}"""
_WATCH = """() => new Promise((tell) => {
  const socket = new WebSocket(`ws://${location.host}/ws/v1/live?node=local`);
  socket.onmessage = (event) => { tell(JSON.parse(event.data).role); socket.close(); };
  socket.onclose = (event) => tell(event.code);
})"""


@pytest.fixture(scope="module")
def people(console: Site, browser: Browser) -> dict[str, Any]:
    """Browser states of a person of each role."""
    for role in ("viewer", "operator"):
        console.make_user(f"the_{role}", role)
    states = {role: console.log_in(browser, f"the_{role}") for role in ("viewer", "operator")}
    return {**states, "admin": console.state}


@pytest.fixture
def viewer(console: Site, browser: Browser, people: dict[str, Any]) -> Iterator[Tab]:
    """A tab of the viewer, who may bring about refusals."""
    with tab(browser, people["viewer"], allowed=("403", "422")) as here:
        yield here


def test_a_stranger_is_sent_to_the_login_and_hears_nothing(console: Site, browser: Browser) -> None:
    with tab(browser, allowed=("401", "WebSocket")) as here:
        for path in PAGES:
            here.page.goto(console.address + path)
            assert here.page.url.split("?")[0] == console.address + "/login"
            assert not here.page.query_selector("nav.rail"), "not even what pages there are"
        assert here.page.evaluate(_WATCH) == 4401
        answer = here.page.evaluate("() => fetch('/api/v1/frame').then((answer) => answer.status)")
        assert answer == 401


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_each_role_hears_the_miner_and_is_told_its_role(
    console: Site, browser: Browser, people: dict[str, Any], role: str
) -> None:
    with tab(browser, people[role]) as here:
        for path in ("/", "/control"):
            here.page.goto(console.address + path)
            here.until("() => document.documentElement.dataset.freshness === 'live'", f"{path} is live")
            assert here.page.get_attribute("#main", "data-role") == role
        assert here.page.evaluate(_WATCH) == role


def test_a_viewer_sees_everything_and_can_do_nothing(console: Site, viewer: Tab) -> None:
    control = ControlPage(viewer)
    control.open(console)
    control.wait_state("mining")
    assert "You can look, not act: your role is viewer." in viewer.text("#looking-only")
    assert viewer.text("#orders-help") == "A viewer gives no orders."
    shown = viewer.page.locator("[data-order]:visible, #wish button:visible, #review, #undo")
    assert shown.count() >= 4
    assert all(shown.nth(place).is_disabled() for place in range(shown.count()))
    assert viewer.page.locator("#wish :is(input, select):enabled").count() == 0
    assert viewer.page.locator("#plans .text-button").count() == 0
    status, words = viewer.page.evaluate(_ORDER, "pause")
    assert status == 403 and "operator" in words
    assert console.run.frame["state"] == "mining"
    viewer.page.goto(console.address + "/start")
    assert "You can look, not act: your role is viewer." in viewer.text("#looking-only")
    assert viewer.page.locator("#start-form button:visible").count() >= 1
    assert viewer.page.locator("#start-form :is(button, input:not([type=hidden]), select):enabled").count() == 0
    viewer.page.evaluate("() => document.querySelector('#start-form fieldset.all').disabled = false")
    viewer.page.check("input[name=place][value=offline]")
    viewer.page.click("#start-form button[value=start]")
    assert "operator" in viewer.text("#summary"), "the server refuses as well"


def test_an_operator_gives_orders(console: Site, browser: Browser, people: dict[str, Any]) -> None:
    with tab(browser, people["operator"]) as here:
        control = ControlPage(here)
        control.open(console)
        control.wait_state("mining")
        control.order("pause")
        control.wait_state("paused")
        control.order("resume")
        control.wait_state("mining")


def test_a_role_and_a_login_that_end_are_noticed_on_the_open_page_within_seconds(
    console: Site, browser: Browser, measured: Callable[[str], None]
) -> None:
    console.make_user("a_leaver", "operator")
    leaver = console.log_in(browser, "a_leaver")
    refused = ("403",)  # what a page asks for after that, such as history some seconds after it was opened
    with tab(browser, leaver, allowed=refused) as one, tab(browser, leaver, allowed=refused) as other:
        one.page.goto(console.address + "/")
        ControlPage(other).open(console)
        for here in (one, other):
            here.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
        _change(console, _DROP_ROLE)
        lost = "() => document.getElementById('notice').textContent.startsWith('You may not see this any more')"
        took = one.until(lost, "the dashboard says that the role is gone", RECHECK_S + BUSY_S)
        other.until(lost, "so does the control page", BUSY_S)
        measured(f"role removed: the open page says so {took:.1f} s later")
        assert other.page.locator("[data-order]:visible:enabled").count() == 0
        assert other.text("#orders-help") == "", "the miner answers: the notice has the true reason"
        one.until("() => document.documentElement.dataset.freshness !== 'live'", "its figures grow old")

    console.make_user("a_guest", "viewer")
    guest = console.log_in(browser, "a_guest")
    with tab(browser, guest, allowed=("401",)) as here:
        here.page.goto(console.address + "/")
        here.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
        _change(console, _END_SESSION, session_of(guest))
        took = here.until("() => document.getElementById('login-sheet').open", "asks to log in", RECHECK_S + BUSY_S)
        measured(f"session removed: the open page asks to log in {took:.1f} s later")


_DROP_ROLE = "DELETE FROM auth_user_groups WHERE user_id = (SELECT id FROM auth_user WHERE username = 'a_leaver')"
_END_SESSION = "DELETE FROM django_session WHERE session_key = ?"


def session_of(state: Any) -> str:
    """The key of the session that a browser state holds."""
    cookies = {each["name"]: each["value"] for each in state["cookies"]}
    return str(next(value for name, value in cookies.items() if "csrf" not in name))


def _change(console: Site, statement: str, *values: str) -> None:
    """Change one row behind the console's back, and only that one."""
    with contextlib.closing(sqlite3.connect(console.home / DATABASE, timeout=30.0)) as link, link:
        assert link.execute(statement, values).rowcount == 1
