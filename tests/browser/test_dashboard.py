"""The dashboard in a real Chromium, beside a real miner."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.chromium import tab
from tests.support.site import Site


def test_the_dashboard_is_live_and_its_hash_rate_moves(console: Site, browser: Browser) -> None:
    with tab(browser, console.state) as here:
        here.page.goto(console.address + "/")
        here.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
        before = here.text("#rate-now")
        here.until(f"() => document.getElementById('rate-now').textContent.trim() !== {before!r}", "the rate moves")
