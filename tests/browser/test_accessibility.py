"""Every page in both themes: axe-core finds nothing, nothing is wider than a phone, and everything can be hit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.axe import violations
from tests.support.chromium import Tab, tab
from tests.support.pages import OURS, SIGNED_IN
from tests.support.site import Site

SIZES = {"390 px": (390, 844), "1440 px at 200 %": (720, 450)}
_SHOW_POOL = """() => {
  for (const part of document.querySelectorAll("#place-panel [data-kind]")) part.hidden = part.dataset.kind !== "pool";
}"""
_TOO_SMALL = """() => {
  const isShown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isSmall = ({ width, height }) => width > 1 && (width < 24 || height < 24);
  return [...document.querySelectorAll("a, button, input, select, summary, [tabindex='0']")]
    .filter((node) => isShown(node) && !node.closest("p, dd"))  // in a text a link may be as high as its line
    .filter((node) => isSmall((node.closest("label") ?? node).getBoundingClientRect()))
    .map((node) => node.outerHTML.slice(0, 120));
}"""
_TOO_WIDE = """() => {
  const width = document.documentElement.scrollWidth;
  if (width <= innerWidth) return "";
  const isWide = (node) => node.getBoundingClientRect().right > innerWidth + 1;
  const wide = [...document.querySelectorAll("body *")].filter(isWide);
  return `${width} px wide: ${wide.slice(0, 3).map((node) => node.outerHTML.slice(0, 120)).join("  ")}`;
}"""


@pytest.fixture(scope="module")
def planned(console: Site, browser: Browser) -> Site:
    """The console with a plan."""
    with tab(browser, console.state) as here:
        here.page.goto(console.address + "/control")
        here.until(
            "() => document.getElementById('apply-words').textContent === 'Nothing is changed.'", "the form is there"
        )
        here.page.fill("#intensity-number", "80")
        here.page.click("#review")
        here.page.click("#review-apply")
        here.until("() => document.getElementById('receipt-sheet').open", "the plan is made")
    return console


@pytest.fixture
def here(planned: Site, browser: Browser) -> Iterator[Tab]:
    """A tab of the administrator."""
    with tab(browser, planned.state) as opened:
        yield opened


def _open(here: Tab, address: str, ready: str) -> None:
    here.page.goto(address)
    here.page.wait_for_selector(ready, state="attached")


def _check(here: Tab, what: str, found: dict[str, list[str]], within: str = "html") -> None:
    if lines := violations(here.page, within):
        found[what] = lines


def test_axe_finds_nothing_and_everything_fits_on_any_page(
    planned: Site, here: Tab, pytestconfig: pytest.Config
) -> None:
    """Without --soak the pages of our own; with it the admin's, too."""
    found: dict[str, list[str]] = {}
    pages = SIGNED_IN if pytestconfig.getoption("--soak") else OURS
    for path, ready in pages.items():
        _open(here, planned.address + path, ready)
        _check(here, path, found)
        for size, (width, height) in SIZES.items():
            here.page.set_viewport_size({"width": width, "height": height})
            if trouble := here.page.evaluate(_TOO_WIDE):
                found[f"{path}, {size}, scrolls sideways"] = [trouble]
            if path in OURS and (small := here.page.evaluate(_TOO_SMALL)):
                found[f"{path}, {size}, too small to hit"] = small
        here.page.set_viewport_size({"width": 1440, "height": 900})
    assert not found, json.dumps(found, indent=1)


@pytest.mark.soak
def test_axe_finds_nothing_before_the_login_nor_when_asked_who_it_is(planned: Site, browser: Browser) -> None:
    found: dict[str, list[str]] = {}
    with tab(browser, allowed=("401",)) as here:
        _open(here, planned.address + "/login", "#id_username")
        _check(here, "login", found)
        here.page.click("main button[type=submit]")
        _check(here, "login with errors", found)
    planned.make_user("axel", "admin")
    state = planned.log_in(browser, "axel")
    planned.age_proofs("axel")
    with tab(browser, state, allowed=("401",)) as here:
        _open(here, planned.address + "/confirm?next=/control", "input[name=password]")
        _check(here, "confirm", found)
        here.page.fill("input[name=password]", "not this one")
        here.page.click("main button[type=submit]")
        assert here.page.is_visible("#id_password_error, .errorlist, [role=alert]")
        _check(here, "confirm with errors", found)
    assert not found, json.dumps(found, indent=1)


@pytest.mark.soak
def test_axe_finds_nothing_in_sheets_tables_and_menus(planned: Site, here: Tab) -> None:
    found: dict[str, list[str]] = {}
    _open(here, planned.address + "/", OURS["/"])
    here.page.check('input[name="range"][value="1m"]', force=True)  # a short table
    here.page.click("#rate-as-table")
    here.page.click("#outcomes-as-table")
    here.page.click("#card-shares summary")
    _check(here, "dashboard with its tables", found)
    _open(here, planned.address + "/control", OURS["/control"])
    here.page.click(".more summary")
    here.page.evaluate(_SHOW_POOL)  # as if nothing were locked
    _check(here, "control page of a pool", found)
    for sheet in ("review-sheet", "receipt-sheet", "stop-sheet", "login-sheet"):
        here.page.evaluate("(name) => document.getElementById(name).showModal()", sheet)
        _check(here, sheet, found, f"#{sheet}")
        here.page.evaluate("(name) => document.getElementById(name).close()", sheet)
    assert not found, json.dumps(found, indent=1)


@pytest.mark.soak
def test_axe_finds_nothing_when_figures_are_old_or_were_never_there(planned: Site, here: Tab) -> None:
    found: dict[str, list[str]] = {}
    # Nothing of the stream comes through: first never any figures, then old ones.
    here.page.route_web_socket(re.compile("/ws/"), lambda socket: None)
    here.page.route("**/api/v1/frame", lambda route: route.fulfill(status=204, body=""))
    for path in ("/", "/control"):
        _open(here, planned.address + path, "main")
        here.until("() => document.readyState === 'complete'", "it is loaded")
        _check(here, f"{path} without figures", found)
        for freshness in ("stale", "offline", "gone"):
            here.page.evaluate("(word) => { document.documentElement.dataset.freshness = word; }", freshness)
            _check(here, f"{path} {freshness}", found)
    assert not found, json.dumps(found, indent=1)
