"""The admin in a real Chromium, beside a real miner at a test pool: live figures on lists and forms, and every page."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.admin_pages import (
    PLACES,
    current_row,
    frame_number,
    kinds_of_links,
    live_boxes,
    live_texts,
    wait_frames,
    wait_live,
)
from tests.support.chromium import Tab, tab
from tests.support.homes import manage
from tests.support.pools import presets
from tests.support.pools.pool import TestPool
from tests.support.site import Site, site

WALLET = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
"""Published by the Monero General Fund (getmonero.org)."""
EXAMPLE = Path(__file__).parents[1] / "vectors" / "frame_v1.json"
_NO_SOCKETS = "window.WebSocket = class { constructor() { throw new Error('blocked'); } };"
_DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, browser: Browser) -> Iterator[Site]:
    """A miner at a test pool that the console knows, and another pool that nothing mines at."""
    with TestPool.start(presets.SNIPA, job_s=20.0) as pool:
        who = ("--wallet", WALLET, "--worker", "rig1", "--pool-profile", pool.behaviour.name)
        options = ("--pool", pool.url, *who, "--light", "--threads", "1")
        with site(tmp_path_factory.mktemp("admin"), self_tested_home, *options, browser=browser) as here:
            for name, url in (("Mined pool", pool.url), ("Backup", "stratum+ssl://backup.example:443")):
                done = manage(here.home, "pool", "add", name, "--url", url, "--coin", "XMR")
                assert done.returncode == 0, done.stderr
            here.make_user("watcher", "viewer")
            yield here


def open_list(here: Tab, console: Site, model: str) -> None:
    """Open a list, again until the recorder has written the row that is mined."""
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        here.page.goto(f"{console.address}/admin/mining/{model}/")
        if here.page.query_selector("[data-live]") or time.monotonic() > deadline:
            break
    wait_live(here)


def open_form(here: Tab, console: Site, model: str) -> None:
    """Open the page of the row that is mined."""
    open_list(here, console, model)
    number = current_row(here).partition("-")[2]
    here.page.goto(f"{console.address}/admin/mining/{model}/{number}/change/")
    wait_live(here)


def texts_over_frames(here: Tab, moving: Sequence[str]) -> dict[str, list[str]]:
    """The texts of each cell of the mined row in Frames after each other, until those of `moving` had three each."""
    row, deadline = current_row(here), time.monotonic() + _DEADLINE_S
    seen: dict[str, list[str]] = {}
    while True:
        for name, text in live_texts(here).items():
            if name.startswith(f"{row} "):
                seen.setdefault(name.partition(" ")[2], []).append(text)
        if all(len(set(seen[name])) >= 3 for name in moving) or time.monotonic() > deadline:
            return seen
        wait_frames(here, 1)


@pytest.mark.parametrize(
    "model", [pytest.param(model, marks=[] if model == "node" else pytest.mark.soak) for model in PLACES]
)
def test_a_list_and_a_form_show_new_values_each_second_and_nothing_moves(
    model: str, console: Site, browser: Browser
) -> None:
    for open_page in (open_list, open_form):
        with tab(browser, console.state) as here:
            open_page(here, console, model)
            boxes = live_boxes(here)
            seen = texts_over_frames(here, PLACES[model])
            for name in PLACES[model]:
                assert len(set(seen[name])) >= 3, f"{name} stays {seen[name]}"
            assert all(re.match(r"● Live \d|◷ Late \d", text) for text in seen["age"]), seen["age"]
            assert live_boxes(here) == boxes


@pytest.mark.soak
def test_a_pool_that_is_not_mined_at_shows_no_figures_of_another(console: Site, browser: Browser) -> None:
    with tab(browser, console.state) as here:
        open_list(here, console, "pool")
        mined = current_row(here)
        texts = live_texts(here)
        idle = {name.partition(" ")[2]: text for name, text in texts.items() if not name.startswith(f"{mined} ")}
        assert idle["state"] == "not mined now"
        assert [idle[name] for name in ("rate_now", "job_age", "latency", "difficulty")] == ["–"] * 4
        assert here.page.get_attribute(f"[data-of={mined}][data-live=rate_now]", "data-is") == "live"
        assert here.page.get_attribute(f"[data-live=rate_now]:not([data-of={mined}])", "data-is") == "recorded"


@pytest.mark.soak
def test_figures_of_a_stopped_supervisor_are_late_then_stale_and_dimmed_and_come_back(
    console: Site, browser: Browser
) -> None:
    supervisor = console.run.wait_pid("supervisor")
    with ExitStack() as stack:
        tabs = {model: stack.enter_context(tab(browser, console.state)) for model in PLACES}
        for model, here in tabs.items():
            (open_form if model == "node" else open_list)(here, console, model)
        rows = {model: current_row(here) for model, here in tabs.items()}
        colours = {model: colour_of(here, rows[model]) for model, here in tabs.items()}
        os.kill(supervisor, signal.SIGSTOP)
        try:
            for words in (("late", "stale"), ("stale",)):
                for model, here in tabs.items():
                    script = (
                        f"() => {list(words)}.includes(document.querySelector('{cell_of(rows[model])}').dataset.is)"
                    )
                    here.until(script, f"the {model} is {words[0]}")
            for model, here in tabs.items():
                texts = live_texts(here)
                assert re.match(r"◔ Stale \d\d", texts[f"{rows[model]} age"]), texts
                assert here.page.inner_text("#live-word") == "Stale"
                assert colour_of(here, rows[model]) != colours[model]
        finally:
            os.kill(supervisor, signal.SIGCONT)
        for model, here in tabs.items():
            wait_live(here)
            assert colour_of(here, rows[model]) == colours[model]


def cell_of(row: str) -> str:
    """The selector of a cell that every page has."""
    return f"[data-of={row}][data-live=accepted]"


def colour_of(here: Tab, row: str) -> str:
    """The colour of that cell."""
    return str(here.page.evaluate(f"() => getComputedStyle(document.querySelector('{cell_of(row)}')).color"))


def test_the_pause_button_holds_the_figures_and_lets_them_go_on(console: Site, browser: Browser) -> None:
    with tab(browser, console.state) as here:
        open_list(here, console, "node")
        here.page.focus("#live-pause")
        here.page.keyboard.press("Enter")
        here.until("() => document.getElementById('live-bar').dataset.is === 'paused'", "it is paused")
        held, texts = frame_number(here), without_ages(live_texts(here))
        assert here.page.get_attribute("#live-pause", "aria-pressed") == "true"
        before = console.run.frame["seq"]
        console.run.wait_frame(lambda frame: frame["seq"] >= before + 3)
        here.until("() => parseFloat(document.getElementById('live-pill-age').textContent) >= 2", "the age goes on")
        assert frame_number(here) == held
        assert without_ages(live_texts(here)) == texts
        here.page.keyboard.press("Enter")
        wait_live(here)
        here.until(f"() => Number(document.getElementById('live-bar').dataset.frame) > {held}", "newer figures")


def without_ages(texts: dict[str, str]) -> dict[str, str]:
    """All texts but how old they are."""
    return {name: text for name, text in texts.items() if not name.endswith(" age")}


@pytest.mark.soak
def test_where_websockets_are_blocked_the_figures_are_polled_and_the_page_says_so(
    console: Site, browser: Browser
) -> None:
    with tab(browser, console.state) as here:
        here.page.add_init_script(_NO_SOCKETS)
        here.page.goto(f"{console.address}/admin/mining/node/")
        here.until("() => document.getElementById('live-way').textContent === 'polling'", "it polls and says so")
        wait_live(here)
        wait_frames(here, 3)


@pytest.mark.soak
def test_a_viewer_sees_live_figures_without_a_button_until_the_login_ends(console: Site, browser: Browser) -> None:
    state = console.log_in(browser, "watcher")
    with tab(browser, state, allowed=("answer 401", "Failed to load resource", "WebSocket connection")) as here:
        open_form(here, console, "node")
        wait_frames(here, 2)
        buttons = [text for text in here.page.locator("main button, #content button").all_inner_texts() if text.strip()]
        assert [" ".join(text.split()) for text in buttons] == ["❚❚ Pause figures"]
        for words in ("Start", "Stop", "Save"):
            assert here.page.get_by_text(words, exact=True).count() == 0
        other = here.context.new_page()
        other.goto(console.address + "/")
        other.evaluate("() => document.querySelector('form[action=\"/logout\"]').submit()")
        other.wait_for_url("**/login**")
        here.until("() => !document.getElementById('live-note').hidden", "it says that the login has ended")
        assert "login has ended" in here.text("#live-note")
        address = here.page.get_attribute("#live-note-link", "href") or ""
        assert address.startswith("/login?next=%2Fadmin%2Fmining%2Fnode%2F")


def test_which_row_a_frame_is_about_is_told_by_computer_address_tls_and_session(
    console: Site, browser: Browser
) -> None:
    folder = "/static/minerconsole/js/admin_live"
    session = {"endpoint": "a:1", "tls": True, "standby": "b:2", "link": "ready", "serial": 3}
    frame = {"offline": False, "coin": "XMR", "node_id": "N", "epoch": "E", "session": session}
    with tab(browser, console.state) as here:
        here.page.goto(f"{console.address}/admin/")

        def place(module: str, function: str, frame: dict[str, Any], facts: dict[str, Any]) -> str:
            script = f"([frame, facts]) => import('{folder}/{module}').then((it) => it.{function}(frame, facts))"
            return str(here.page.evaluate(script, [frame, facts]))

        def pool(frame: dict[str, Any], *endpoints: list[Any], coin: str = "XMR") -> str:
            return place("pool_figures.js", "poolPlace", frame, {"endpoints": endpoints, "coin": coin})

        assert pool(frame, ["x:9", True], ["a:1", True]) == "current"
        assert pool(frame, ["a:1", False]) == "other", "the same port without TLS is another endpoint"
        assert pool(frame, ["b:2", False]) == "reserve"
        of_other_coin = [pool(frame, [at, True], coin="LTC") for at in ("a:1", "b:2")]
        assert of_other_coin == ["other"] * 2, "it is another coin's pool there"
        assert pool({**frame, "offline": True}, ["a:1", True]) == "other"

        def told(link: str = "ready", **facts: Any) -> str:
            known = {"node": "N", "epoch": "E", "serial": 3, "isFinal": False, **facts}
            return place("session_figures.js", "sessionPlace", {**frame, "session": {**session, "link": link}}, known)

        assert [told(), told("login"), told("standby")] == ["open"] * 3
        assert [told("down"), told(serial=2), told(epoch="D")] == ["over"] * 3
        assert [told(node="M"), told(isFinal=True)] == ["other"] * 2


def test_reasons_are_told_as_those_of_all_that_was_not_accepted(console: Site, browser: Browser) -> None:
    frame = json.loads(EXAMPLE.read_text())
    frame["shares"] |= {"rejected": 1, "stale": 2, "lost": 0, "by_reason": {"low difficulty": 1, "old job": 2}}
    script = """async (frame) => {
      const { columnsOf } = await import("/static/minerconsole/js/core_columns.js");
      const { nodeFigures } = await import("/static/minerconsole/js/admin_live/node_figures.js");
      frame.cores = columnsOf(frame.cores);
      const { rejected, stale, lost } = nodeFigures(frame, 0);
      return [rejected, stale, lost];
    }"""
    with tab(browser, console.state) as here:
        here.page.goto(f"{console.address}/admin/")
        told = "All that was not accepted: 1 × low difficulty, 2 × old job"
        assert here.page.evaluate(script, frame) == [["1", told], ["2", told], ["0", told]]
        frame["shares"]["by_reason"] = {}
        assert here.page.evaluate(script, frame)[0] == ["1", ""]


@pytest.mark.soak
def test_every_page_of_the_admin_is_free_of_faults(console: Site, browser: Browser) -> None:
    with tab(browser, console.state) as here:
        waiting, seen = {"/admin/": f"{console.address}/admin/"}, set()
        while waiting:
            kind, address = waiting.popitem()
            seen.add(kind)
            here.page.goto(address, wait_until="load")
            assert not here.unexpected(), here.story()
            waiting |= {new: link for new, link in kinds_of_links(here).items() if new not in seen}
        assert {f"/admin/mining/{model}/N/change/" for model in PLACES} <= seen
        assert len(seen) >= 35, sorted(seen)


@pytest.mark.soak
def test_the_node_list_shows_58_new_values_in_60_seconds(
    console: Site, browser: Browser, measured: Callable[[str], None]
) -> None:
    with tab(browser, console.state) as here:
        open_list(here, console, "node")
        count = here.page.evaluate(_COUNT_FRAMES, 60_000)
        measured(f"{count} new values in 60 s on the list of nodes")
        assert count >= 58


_COUNT_FRAMES = """(milliseconds) => new Promise((done) => {
  const bar = document.getElementById("live-bar"), seen = new Set([bar.dataset.frame]);
  const watcher = new MutationObserver(() => seen.add(bar.dataset.frame));
  watcher.observe(bar, { attributes: true, attributeFilter: ["data-frame"] });
  setTimeout(() => { watcher.disconnect(); done(seen.size - 1); }, milliseconds);
})"""
