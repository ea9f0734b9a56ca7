"""The second itself: how many Frames the dashboard draws in a minute of a real miner, and how old each is by then."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Tab, tab
from tests.support.drawn_seconds import Drawn, drawn_seconds, quantile, watch_seconds
from tests.support.site import Site

SOAK_S, SOAK_VALUES = 60.0, 58
SHORT_VALUES = 5
SHORT_PATIENCE_S = 60.0  # six seconds on a computer that does nothing else
P95_S = 1.5
TEXTS = ("#rate-now", "#link-age", "#fact-uptime")


def show(browser: Browser, console: Site, is_enough: Callable[[list[Drawn], float], bool]) -> list[Drawn]:
    """Watch the dashboard until `is_enough` of what it drew, and the seconds since then."""
    with tab(browser, console.state) as here:
        here.page.goto(console.address + "/")
        here.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
        watch_seconds(here.page, TEXTS)
        return _collect(here, console, is_enough)


def _collect(here: Tab, console: Site, is_enough: Callable[[list[Drawn], float], bool]) -> list[Drawn]:
    began = time.monotonic()
    while True:
        drawn = drawn_seconds(here.page, console.run)
        if is_enough(drawn, time.monotonic() - began):
            return drawn
        here.page.wait_for_timeout(100)


def check_each_is_news(drawn: list[Drawn]) -> None:
    """Each Frame is another one, in order, with its age beside it; the running time moves with it."""
    numbers = [int(second.key.split()[1]) for second in drawn]
    assert numbers == sorted(set(numbers))
    assert all(second.texts[1].endswith("s") for second in drawn), "an age is shown"
    assert all(float(second.texts[1].split()[0]) < 10 for second in drawn)
    assert len({second.texts[0] for second in drawn}) > 1, "the hash rate moves"


def tell(drawn: list[Drawn], seconds: float) -> str:
    """The figures of a run."""
    late = [second.late_s for second in drawn]
    return (
        f"{len(drawn)} Frames drawn in {seconds:.0f} s, from the Frame to the pixel p50 {quantile(late, 0.5):.3f} s, "
        f"p95 {quantile(late, 0.95):.3f} s, at most {max(late):.3f} s"
    )


def test_the_dashboard_draws_a_new_frame_each_second(
    console: Site, browser: Browser, measured: Callable[[str], None]
) -> None:
    passed = [0.0]

    def is_enough(drawn: list[Drawn], seconds: float) -> bool:
        passed[0] = seconds
        return len(drawn) >= SHORT_VALUES or seconds > SHORT_PATIENCE_S

    drawn = show(browser, console, is_enough)
    measured(tell(drawn, passed[0]))
    assert len(drawn) >= SHORT_VALUES
    check_each_is_news(drawn)


@pytest.mark.soak
def test_a_minute_of_the_dashboard_has_58_new_values_each_drawn_within_a_second_and_a_half(
    console: Site, browser: Browser, measured: Callable[[str], None]
) -> None:
    drawn = show(browser, console, lambda drawn, seconds: seconds >= SOAK_S)
    measured(tell(drawn, SOAK_S))
    assert len(drawn) >= SOAK_VALUES
    assert quantile([second.late_s for second in drawn], 0.95) <= P95_S
    check_each_is_news(drawn)
