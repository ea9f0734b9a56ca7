"""Whatever breaks, the dashboard says so within seconds, and afterwards shows what a page does that was just opened.

All on a real miner: its processes are killed or stopped, the line to the browser is cut, clocks jump, logins end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.support.bad_line import Line, bad_line
from tests.support.chromium import Tab, tab, watch
from tests.support.moved_clock import MovedClock
from tests.support.page_figures import (
    frame_differences,
    history_differences,
    is_dimmed,
    open_tables,
    read,
    read_both,
)
from tests.support.prepared_home import DATABASE
from tests.support.process_facts import until
from tests.support.site import Site, site

STALE_WITHIN_S = 4.0
BACK_WITHIN_S = 5.0
# A fresh page knows the newest seconds of history when the recorder has written them, each 10 s.
HISTORY_WITHIN_S = 30.0
SETTLED_AFTER_S = 17.0
"""By then a page has asked for the last time for what was not recorded when it was opened."""
BUSY = 4.0
"""So much slower may everything be while other tests run beside; with --soak nothing is."""
# What Chromium itself says of a server that is gone.
GONE = (
    "WebSocket connection to",
    "Failed to load resource",
    "answer 500",
    "answer 401",
)
LOST = "The connection to this page's own program is lost"
NO_ANSWER = "This page's own program does not answer"
HOUR_S, HOUR_MS = 3600, 3_600_000
SHORT_FREEZE_S, LONG_FREEZE_S = 2.0, 180.0
LIVE_CHECK_S = 4.0
LOCALE: dict[str, Any] = {"locale": "en-GB", "timezone_id": "UTC"}
MOVABLE_CLOCK = """
const now = Date.now.bind(Date);
globalThis.shift = 0;
Date.now = () => now() + globalThis.shift;
"""
ORDER = """async () => {
  const { ask } = await import("/static/minerconsole/js/api.js");
  const { node } = document.getElementById("main").dataset;
  await ask(`/nodes/${node}/intensity`, { method: "PUT", body: { value: 100 } });
}"""
SHOWN = """(([epoch, seq]) => {
  const [shownEpoch, shownSeq] = document.body.dataset.frame.split(" ");
  return shownEpoch === epoch && Number(shownSeq) >= seq;
})"""
LIVE = "() => document.documentElement.dataset.freshness === 'live'"
NOT_LIVE = "() => !['live', 'never'].includes(document.documentElement.dataset.freshness)"
IS_BACK = """() => document.documentElement.dataset.freshness === 'live'
  && document.getElementById('link-way').textContent === '' && document.getElementById('notice').hidden"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, browser: Browser) -> Iterator[Site]:
    """One that nobody else looks at: its parts are killed."""
    with site(tmp_path_factory.mktemp("site"), self_tested_home, browser=browser) as here:
        yield here


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> float:
    """What limits of time are multiplied with."""
    return 1.0 if request.config.getoption("--soak") else BUSY


@pytest.fixture
def live(console: Site, browser: Browser) -> Iterator[Tab]:
    """A dashboard that is live, with the data of its charts open."""
    with dashboard(browser, console, console.address) as page:
        yield page


@contextmanager
def dashboard(browser: Browser, console: Site, address: str) -> Iterator[Tab]:
    """One that is live."""
    with tab(browser, console.state, allowed=GONE) as here:
        here.page.add_init_script(MOVABLE_CLOCK)
        here.page.goto(address + "/")
        here.until(LIVE, "the page is live")
        open_tables(here.page)
        yield here


def check_stale(here: Tab, began: float, slack: float, *words: str) -> None:
    """Within 4 s of the fault at `began` it says that its figures are old, and draws them so; then what is wrong."""
    here.until(NOT_LIVE, "the page says that its figures are old", began + STALE_WITHIN_S * slack - time.monotonic())
    took = time.monotonic() - began
    assert took < STALE_WITHIN_S * slack, took
    shown = read(here.page)
    assert shown["word"] in ("Late", "Stale", "Miner away", "Offline"), shown["word"]
    assert float(shown["age"].split()[0]) >= 3
    assert is_dimmed(here.page)
    if words:
        check_told(here, slack, *words)


def check_told(here: Tab, slack: float, *words: str) -> None:
    """It says what is wrong."""
    told = f"() => {list(words)!r}.some((words) => document.body.innerText.includes(words))"
    here.until(told, f"the page says one of {words}", 15 * slack)


def check_back(
    here: Tab,
    slack: float,
    measured: Callable[[str], None],
    what: str,
    *,
    history: bool = False,
    apart: bool = False,
) -> None:
    """Within 5 s of the end of the fault the page shows all that a fresh one does. `history`: its charts as well.

    `apart`: the fresh page has connections of its own, because Chromium still counts on dead ones for this one.
    """
    began = time.monotonic()
    here.until(IS_BACK, "the page is live again", BACK_WITHIN_S * slack)
    measured(f"{what}: live again after {time.monotonic() - began:.1f} s")
    assert not is_dimmed(here.page)
    with _fresh(here, apart) as fresh:
        # Opening a page takes time, too: it is looked at as soon as it is there.
        room_s = 1.0 if slack == 1.0 else BACK_WITHIN_S * slack
        _agree(here, fresh, frame_differences, max(began + BACK_WITHIN_S * slack, time.monotonic() + room_s))
        if history or slack == 1.0:
            open_tables(fresh.page)
            _agree(here, fresh, history_differences, time.monotonic() + HISTORY_WITHIN_S * slack)


@contextmanager
def _fresh(here: Tab, apart: bool) -> Iterator[Tab]:
    browser = here.context.browser
    assert browser is not None
    context = browser.new_context(storage_state=here.context.storage_state(), **LOCALE) if apart else here.context
    page = watch(context.new_page(), GONE)
    try:
        page.page.goto(here.page.url)
        page.until(LIVE, "a fresh page is live")
        yield page
        assert not page.unexpected(), page.story()
    finally:
        page.page.close()
        if apart:
            context.close()


def _agree(one: Tab, other: Tab, differences: Callable[..., list[str]], deadline: float) -> None:
    while found := differences(*read_both(one, other)):
        assert time.monotonic() < deadline, "\n".join(found)
        one.page.wait_for_timeout(100)


def test_a_killed_web_process_is_told_and_the_page_goes_on_with_the_next_one(
    console: Site, live: Tab, slack: float, measured: Callable[[str], None]
) -> None:
    web = console.run.wait_pid("web")
    os.kill(web, signal.SIGSTOP)  # it hangs, long enough to be seen
    check_stale(live, time.monotonic(), slack, LOST, NO_ANSWER)
    os.kill(web, signal.SIGKILL)
    console.run.wait_pid("web", other_than=web, timeout_s=60.0)
    until(console.is_served, 60.0, "the page is served again")
    check_back(live, slack, measured, "web process killed", history=True)


@pytest.mark.soak
def test_a_killed_supervisor_is_told_and_the_page_shows_the_next_one(
    console: Site, live: Tab, slack: float, measured: Callable[[str], None]
) -> None:
    run = console.run
    epoch, killed = run.frame["epoch"], run.wait_pid("supervisor")
    os.kill(killed, signal.SIGSTOP)
    try:
        check_stale(live, time.monotonic(), slack)
    finally:
        os.kill(killed, signal.SIGKILL)
    run.wait_frame(lambda frame: frame["epoch"] != epoch and frame["state"] == "mining", timeout_s=60.0)
    check_back(live, slack, measured, "Supervisor killed")
    assert read(live.page)["frame"].split()[0] != epoch


@pytest.mark.soak
def test_a_miner_that_stands_still_is_told_whatever_the_clock_of_the_browser_does(
    console: Site, browser: Browser, slack: float, measured: Callable[[str], None]
) -> None:
    with ExitStack() as stack:
        pages = {
            shift: stack.enter_context(dashboard(browser, console, console.address)) for shift in (-HOUR_MS, HOUR_MS)
        }
        for shift, here in pages.items():
            here.page.evaluate(f"() => {{ globalThis.shift = {shift}; }}")
        for shift, here in pages.items():
            check_back(here, slack, measured, f"clock moved by {shift / HOUR_MS:+.0f} h")
        peers = [process.pid for process in console.run.processes() if not process.title.endswith((": mine", ": web"))]
        began = time.monotonic()
        for pid in peers:
            os.kill(pid, signal.SIGSTOP)
        try:
            for here in pages.values():
                check_stale(here, began, slack)
        finally:
            for pid in peers:
                os.kill(pid, signal.SIGCONT)
        for here in pages.values():
            check_back(here, slack, measured, "miner stopped and continued")


@pytest.mark.soak
def test_a_line_that_is_cut_or_swallows_or_fails_is_told(
    console: Site, browser: Browser, slack: float, measured: Callable[[str], None]
) -> None:
    words = {
        Line.IS_CUT: (LOST, NO_ANSWER),
        Line.SWALLOWS: (LOST, NO_ANSWER),
        Line.FAILS: (LOST, "answers with errors"),
    }
    with ExitStack() as stack:
        lines = {what: stack.enter_context(bad_line(console.port)) for what in words}
        pages = {what: stack.enter_context(dashboard(browser, console, lines[what].address)) for what in words}
        began = time.monotonic()
        for what, line in lines.items():
            line.become(what)
        for here in pages.values():
            check_stale(here, began, slack)
        for what, here in pages.items():
            check_told(here, slack, *words[what])
        for line in lines.values():
            line.become(Line.WORKS)
        began = time.monotonic()
        for what, here in pages.items():  # all of them within the time of one
            here.until(IS_BACK, f"the page is live again: {what}", BACK_WITHIN_S * slack)
        took = time.monotonic() - began
        measured(f"three lines that were bad: all pages live again after {took:.1f} s")
        assert took < BACK_WITHIN_S * slack
        for what, here in pages.items():
            check_back(here, slack, measured, f"line {what.name}", apart=True)


@pytest.mark.soak
def test_where_websockets_do_not_get_through_the_page_polls_and_says_so(
    console: Site, browser: Browser, slack: float, measured: Callable[[str], None]
) -> None:
    with tab(browser, console.state, allowed=GONE) as here:
        here.page.route_web_socket("**/ws/v1/live*", lambda socket: socket.close())
        here.page.goto(console.address + "/")
        here.until("() => document.getElementById('link-way').textContent === 'polling'", "the page polls", 20 * slack)
        before = read(here.page)
        here.until(f"() => document.body.dataset.frame !== {before['frame']!r}", "the next Frame", 5 * slack)


@pytest.mark.soak
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_of_the_miner_that_jumps_leaves_the_page_live(
    tmp_path: Path,
    self_tested_home: Path,
    browser: Browser,
    slack: float,
    measured: Callable[[str], None],
    hours: int,
) -> None:
    clock, shift_s = MovedClock(tmp_path), hours * 3600
    with (
        site(tmp_path, self_tested_home, browser=browser, environment=clock.environment) as console,
        dashboard(browser, console, console.address) as here,
    ):
        here.page.wait_for_timeout(1000 * SETTLED_AFTER_S)
        asked: list[str] = []
        here.page.on("request", lambda request: asked.append(request.url))
        clock.move(shift_s)
        moved = console.run.wait_frame(lambda frame: abs(frame["at"] - time.time() - shift_s) < HOUR_S / 2)
        first = [moved["epoch"], moved["seq"]]
        here.until(f"() => {SHOWN}({first!r})", "a Frame of the other time", 5 * slack)
        here.page.wait_for_timeout(500)
        assert any(abs(end - moved["at"]) < HOUR_S / 2 for end in ends_of_history(asked)), "history of the other time"
        check_back(here, slack, measured, f"clock of the miner moved by {hours:+d} h", history=True)


def ends_of_history(addresses: list[str]) -> list[float]:
    """Until when history was asked for, Unix seconds."""
    ends = [parse_qs(urlsplit(address).query)["end"][0] for address in addresses if "/series?" in address]
    return [datetime.fromisoformat(end).timestamp() for end in ends]


@pytest.mark.soak
def test_a_tab_that_was_frozen_shows_the_present_when_it_thaws(
    console: Site, live: Tab, slack: float, measured: Callable[[str], None]
) -> None:
    freeze(console, live, SHORT_FREEZE_S)
    check_back(live, slack, measured, f"frozen for {SHORT_FREEZE_S:g} s")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_tab_that_was_frozen_for_minutes_shows_the_present_when_it_thaws(
    console: Site, live: Tab, slack: float, measured: Callable[[str], None]
) -> None:
    freeze(console, live, LONG_FREEZE_S)
    check_back(live, slack, measured, f"frozen for {LONG_FREEZE_S:g} s")


def freeze(console: Site, here: Tab, seconds: float) -> None:
    """Freeze a tab as Chromium does with tabs that nobody looks at, and thaw it."""
    session = here.context.new_cdp_session(here.page)
    began = console.run.frame["at"]
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    console.run.wait_frame(lambda frame: frame["at"] > began + seconds, timeout_s=seconds + 60)
    session.send("Page.setWebLifecycleState", {"state": "active"})


@pytest.mark.soak
def test_a_page_whose_login_ended_asks_for_one_and_goes_on_after_a_login_in_another_tab(
    console: Site, browser: Browser, slack: float, measured: Callable[[str], None]
) -> None:
    sheet = "() => document.getElementById('login-sheet').open"
    with tab(browser, console.log_in(browser), allowed=(*GONE, "answer 403")) as here:
        here.page.goto(console.address + "/")
        here.until(LIVE, "the page is live")
        open_tables(here.page)
        control = watch(here.context.new_page(), (*GONE, "answer 403"))
        control.page.goto(console.address + "/control")
        control.until(LIVE, "the control page is live")
        end_logins(console, here)
        check_stale(here, time.monotonic() + LIVE_CHECK_S, slack, "Your login has ended")
        for page in (here, control):
            page.until(sheet, "the page asks for a login", 10 * slack)
        again = here.context.new_page()
        again.goto(console.login_link())
        again.close()
        check_back(here, slack, measured, "logged in again")
        control.until(f"() => !({sheet})()", "the control page goes on", 10 * slack)
        control.page.evaluate(ORDER)  # with the token of the new login


def end_logins(console: Site, here: Tab) -> None:
    """Remove the session of a page's browser, as an administrator can."""
    keys = [cookie["value"] for cookie in here.context.cookies() if cookie["name"] == f"minerconsole_{console.port}"]
    with contextlib.closing(sqlite3.connect(console.home / DATABASE, timeout=30.0)) as rows, rows:
        assert rows.execute("DELETE FROM django_session WHERE session_key = ?", keys).rowcount == 1
