"""The dashboard in a real Chromium, beside a real miner."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Tab, tab
from tests.support.site import Site

LIVE = "() => document.documentElement.dataset.freshness === 'live'"
_ROWS = """() => [...document.querySelectorAll("#rate-rows tr")]
  .map((row) => [row.children[0].textContent, row.children[1].textContent.endsWith("H/s")])"""
_IS_SEAMLESS = f"""() => {{
  const known = ({_ROWS})().map(([, isKnown]) => isKnown);
  const inside = known.slice(known.indexOf(true), known.lastIndexOf(true) + 1);
  return inside.filter((isKnown) => !isKnown).length <= 0.1 * inside.length;
}}"""
SEAM_S = 60.0  # the page asks again, 15 s after it was opened at the latest, for what the recorder had not written yet


@pytest.fixture
def here(console: Site, browser: Browser) -> Iterator[Tab]:
    """The dashboard in a tab of the administrator."""
    with tab(browser, console.state) as opened:
        opened.page.goto(console.address + "/")
        opened.until(LIVE, "the page is live")
        yield opened


def test_the_dashboard_is_live_and_its_hash_rate_moves(here: Tab) -> None:
    before = here.text("#rate-now")
    here.until(f"() => document.getElementById('rate-now').textContent.trim() !== {before!r}", "the rate moves")


def test_each_range_joins_what_was_recorded_with_what_comes_in(console: Site, here: Tab) -> None:
    console.run.wait_frame(lambda frame: frame["system"]["uptime_s"] > 20, timeout_s=60.0)
    here.page.reload()
    here.until(LIVE, "the page is live")
    opened = _clock(time.time())
    for name in ("1m", "1h", "24h", "7d", "30d", "5m"):
        here.page.check(f'input[name="range"][value="{name}"]', force=True)
        ready = "() => document.getElementById('rate-panel').dataset.state === 'ready'"
        here.until(ready, f"the chart of {name} has something to show")
    here.page.click("#rate-as-table")
    assert here.page.is_visible("#rate-table") and here.text("#rate-as-table") == "Hide the table"
    joined = f"""() => {{
      const known = ({_ROWS})().filter(([, isKnown]) => isKnown).map(([at]) => at);
      return known.some((at) => at > {opened!r}) && known.some((at) => at < {opened!r});
    }}"""
    here.until(joined, f"the table has figures of before and after {opened}, when the page was opened")
    here.until(_IS_SEAMLESS, "there is no seam between them", SEAM_S)


def test_paused_figures_stand_still_and_go_on_with_what_is_new(here: Tab) -> None:
    here.page.click("#pause")
    here.until("() => document.getElementById('link-word').textContent === 'Paused by you'", "it says so")
    held = here.text("#rate-now")
    ages = "() => parseFloat(document.getElementById('link-age').textContent) >= 3"
    here.until(ages, "the age of what is held grows")
    assert here.text("#rate-now") == held
    here.page.keyboard.press("Space")  # the button has the focus
    here.until(LIVE, "the page is live again")
    here.until(f"() => document.getElementById('rate-now').innerText.trim() !== {held!r}", "the figures move")


def test_without_websockets_the_page_polls_and_says_so(console: Site, browser: Browser) -> None:
    with tab(browser, console.state) as here:
        here.page.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked'); } };")
        here.page.goto(console.address + "/")
        here.until("() => document.getElementById('link-way').textContent === 'polling'", "the pill says so")
        here.until(LIVE, "the figures are there all the same")
        before = here.text("#rate-now")
        here.until(f"() => document.getElementById('rate-now').innerText.trim() !== {before!r}", "and they move")


def _clock(at: float) -> str:
    """The time of day in UTC, as the browser of the tests shows it."""
    return time.strftime("%H:%M:%S", time.gmtime(at))


def test_the_interval_of_a_count_is_garwoods(here: Tab) -> None:
    known = {0: (0.0, 3.688879), 1: (0.025318, 5.571643), 10: (4.795389, 18.390356), 100: (81.363970, 121.626870)}
    module = here.page.evaluate(
        "() => performance.getEntriesByType('resource').find(({ name }) => /luck/.test(name)).name"
    )
    for count, interval in known.items():
        found = here.page.evaluate(
            "async ([module, count]) => (await import(module)).poissonInterval(count)", [module, count]
        )
        assert found == pytest.approx(interval, rel=1e-4), count
