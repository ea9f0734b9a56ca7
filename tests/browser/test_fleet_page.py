"""The fleet page in a real Chromium, with a thousand made-up nodes behind the real stream."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.axe import violations
from tests.support.chromium import Tab, tab
from tests.support.homes import ROOT, manage
from tests.support.made_up_fleet import ulid_of
from tests.support.mine import clean_environment
from tests.support.monerod import free_ports
from tests.support.prepared_home import copy_prepared
from tests.support.process_facts import until
from tests.support.web_peer import answers
from tests.support.with_the_tests import ends_with_the_tests

COUNT = 1000
START_S = 60.0
READY = f"() => Number(document.body.dataset.nodes) > {COUNT}"
PRESENCE = """() => Object.fromEntries([...document.querySelectorAll("[data-presence]")]
  .map((each) => [each.dataset.presence, Number(each.querySelector("b").textContent)]))"""
# Polled: on a busy computer a Frame may be late for a moment, and with it all nodes that are live.
IS_IN_TIME = f"() => ['live', 'stale', 'offline', 'never'].every((word) => ({PRESENCE})()[word] > 9)"
SHOWN = "() => [...document.querySelectorAll('.node-row:not([hidden]) .node-link')].map((link) => link.textContent)"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[str, Any]]:
    """Its address, and the state of somebody logged in."""
    home, port = tmp_path_factory.mktemp("fleet") / "home", free_ports(1)[0]
    copy_prepared(home)
    words = [sys.executable, "-m", "tests.support.made_up_fleet", str(home), str(port), str(COUNT)]
    environment = clean_environment(MINERCONSOLE_HOME=str(home), PYTHONPATH=str(ROOT))
    with Path(home, "said").open("wb") as log:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=ends_with_the_tests(),
        )
    try:
        until(lambda: answers(port), START_S, lambda: Path(home, "said").read_text())
        link = manage(home, "login").stdout.strip()
        context = browser.new_context()
        context.new_page().goto(f"http://127.0.0.1:{port}{link[link.index('/', 8) :]}")
        yield f"http://127.0.0.1:{port}", context.storage_state()
        context.close()
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def here(fleet: tuple[str, Any], browser: Browser) -> Iterator[Tab]:
    address, state = fleet
    with tab(browser, state, viewport={"width": 1440, "height": 900}) as opened:
        opened.page.goto(f"{address}/fleet")
        opened.until(READY, "all nodes are there")
        yield opened


def test_a_thousand_nodes_are_a_few_rows_worst_first_with_sums_of_each_algorithm(here: Tab) -> None:
    page = here.page
    assert page.evaluate("() => document.querySelectorAll('.node-row').length") < 40
    assert page.get_attribute("#table", "aria-rowcount") == str(COUNT + 2)
    states = page.evaluate("() => [...document.querySelectorAll('.node-row .word')].map((word) => word.textContent)")
    assert states[:3] == ["cloned"] * 3 and states[3] == "failed"
    assert page.locator(".sum-tile").count() == 2
    assert sum(page.evaluate(PRESENCE).values()) == COUNT + 1
    here.until(IS_IN_TIME, "ten nodes of each kind")


def test_the_last_row_is_reached_by_scrolling_and_leads_to_the_dashboard_of_its_node(here: Tab) -> None:
    page = here.page
    page.click("[data-sort=name]")
    page.evaluate("() => { const holder = document.getElementById('holder'); holder.scrollTop = holder.scrollHeight; }")
    name = f"node-{COUNT - 1:04d}"
    here.until(
        f"() => [...document.querySelectorAll('.node-link')].some((link) => link.textContent === '{name}')", name
    )
    page.locator(f".node-row:not([hidden]) .node-link:text-is('{name}')").click()
    page.wait_for_url(lambda address: f"node={ulid_of(COUNT - 1)}" in address)
    here.until("() => document.documentElement.dataset.freshness === 'live'", "its dashboard is live")


@pytest.mark.soak
def test_what_is_looked_for_is_kept_in_the_address(here: Tab) -> None:
    page = here.page
    page.fill("#search", "node-001")
    here.until(
        f"() => document.getElementById('shown').textContent === '10 of {COUNT + 1:,} shown'.replace(',', '\\u00a0')",
        "ten",
    )
    page.select_option("#group", "cellar")
    here.until("() => document.getElementById('shown').textContent.startsWith('3 of')", "three of them")
    assert "q=node-001" in page.url and "group=cellar" in page.url
    page.reload()
    here.until("() => document.getElementById('shown').textContent.startsWith('3 of')", "the same after loading again")
    page.fill("#search", "no such node")
    here.until("() => document.getElementById('nodes-panel').dataset.state === 'empty'", "nothing is as asked for")
    page.click("#clear")
    here.until("() => document.getElementById('shown').textContent === ''", "all are shown again")
    assert page.url.endswith("/fleet")


def test_rows_keep_their_places_while_somebody_points_at_them(here: Tab) -> None:
    page = here.page
    page.click("[data-sort=accepted]")
    page.hover(".node-row >> nth=2")
    here.until("() => document.getElementById('nodes-tag').textContent.startsWith('order held')", "held")
    before = page.evaluate(SHOWN)
    drawn = int(page.get_attribute("body", "data-frame") or 0)
    here.until(f"() => Number(document.body.dataset.frame) >= {drawn + 3}", "other figures were drawn")
    assert page.evaluate(SHOWN) == before


@pytest.mark.parametrize("width", [1440, 390])
def test_it_has_no_accessibility_fault_and_nothing_is_wider_than_the_screen(
    fleet: tuple[str, Any], browser: Browser, width: int
) -> None:
    address, state = fleet
    with tab(browser, state, viewport={"width": width, "height": 900}) as here:
        here.page.goto(f"{address}/fleet")
        here.until(READY, "all nodes are there")
        assert here.page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert violations(here.page) == []
