"""What people do on the control page, in a real Chromium beside a real miner on every core (light mode)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Tab, tab
from tests.support.control_page import ACHIEVED, BUILD_S, ControlPage
from tests.support.homes import make_login_link, manage
from tests.support.keyboard import Keyboard
from tests.support.site import PASSWORD, Site, site

_ADDRESS = "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD"
_UNREACHABLE = "stratum+tcp://127.0.0.1:9"
_ADD_POOL_AND_WALLET = f"""
from mining.services.actors import COMMAND_LINE
from mining.services.endpoints import endpoint_from_url
from mining.services.pools import pool_create
from mining.services.wallets import wallet_create
wallet_create(COMMAND_LINE, name="savings", coin="XMR", address="{_ADDRESS}")
pool_create(COMMAND_LINE, name="Nearby", coin="XMR", endpoints=[endpoint_from_url("{_UNREACHABLE}")])
"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, self_tested_home: Path, browser: Browser) -> Iterator[Site]:
    """A miner whose cores and intensity are free to choose; of normal priority: a busy machine lets it follow."""
    options = ("--light", "--priority", "normal")
    with site(tmp_path_factory.mktemp("site"), self_tested_home, *options, browser=browser) as here:
        yield here


@pytest.fixture
def here(console: Site, browser: Browser) -> Iterator[Tab]:
    """A tab of the administrator on the control page of a miner that mines."""
    with tab(browser, console.state) as opened:
        control = ControlPage(opened)
        control.open(console)
        control.ensure_mining()
        yield opened


def test_the_printed_link_leads_to_a_moving_rate_and_achieved_follows_the_intensity(
    console: Site, browser: Browser, measured: Callable[[str], None]
) -> None:
    with tab(browser) as here:
        here.page.goto(make_login_link(console.home))
        here.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
        before = here.text("#rate-now")
        here.until(f"() => document.getElementById('rate-now').textContent.trim() !== {before!r}", "the rate moves")
        here.page.click("text=Control")
        control = ControlPage(here)
        control.wait_unchanged()
        control.ensure_mining()
        for wanted, least in ((12, 6.0), (60, 18.0)):
            here.page.fill("#intensity-number", str(wanted))
            assert "takes effect at once" in control.review()
            control.apply()
            control.wait_verified()
            control.close_receipt()
            follows = f"() => {ACHIEVED} >= {least} && {ACHIEVED} <= {wanted + 5}"  # a busy machine gives less
            took = here.until(follows, f"achieved follows to {wanted} %", BUILD_S)
            measured(
                f"intensity {wanted} %: {here.text('#intensity-achieved')} achieved {took:.1f} s after the receipt"
            )
            assert here.text("#intensity-commanded") == f"{wanted} %"


def test_it_pauses_goes_on_stops_and_starts_again(here: Tab) -> None:
    control = ControlPage(here)
    control.order("pause")
    control.wait_state("paused")
    assert here.page.is_visible('[data-order="resume"]') and not here.page.is_visible('[data-order="pause"]')
    control.order("resume")
    control.wait_state("mining")
    here.page.click('[data-order="stop"]')
    assert "Shares that were found are handed in first" in here.text("#stop-sheet")
    here.page.click("#stop-no")
    assert here.page.get_attribute("#state", "data-state") == "mining"
    control.order("stop")
    control.wait_state("idle")
    assert here.page.is_visible('[data-order="start"]') and not here.page.is_visible('[data-order="stop"]')
    control.order("start")
    control.wait_state("mining")


def test_algorithms_are_switched_and_an_earlier_plan_is_taken_up_again(here: Tab) -> None:
    control = ControlPage(here)
    for algorithm, family in (("scrypt", "Scrypt"), ("rx/0", "RandomX"), ("scrypt", "Scrypt")):
        if here.page.input_value("#algorithm") == algorithm:
            continue
        here.page.select_option("#algorithm", algorithm)
        assert "Algorithm" in control.review()
        control.apply()
        control.wait_verified()
        control.close_receipt()
        here.until(f"() => document.getElementById('now-family').textContent.startsWith({family!r})", family)
        assert here.page.input_value("#algorithm") == algorithm
    first = "() => document.querySelector('#plans li .plan-state').textContent === '✓ verified hashing'"
    here.until(first, "the list of plans says so too")
    here.page.click("#plans li:nth-child(2) .text-button")
    control.wait_receipt()
    control.wait_verified()
    with here.page.expect_navigation():  # the form is filled anew with what the earlier plan said
        here.page.click("#receipt-close")
    control.wait_unchanged()
    assert here.page.input_value("#algorithm") == "rx/0"
    here.until("() => document.getElementById('now-family').textContent.startsWith('RandomX')", "RandomX again")


def test_the_whole_flow_needs_no_pointer(here: Tab) -> None:
    keys, control = Keyboard(here.page), ControlPage(here)
    keys.to("#main a, #main input, #main select, #main button")
    other = "Scrypt" if here.page.input_value("#algorithm") == "rx/0" else "RandomX"
    keys.to("#algorithm")
    keys.press("ArrowDown" if other == "Scrypt" else "ArrowUp")
    keys.to("#intensity")
    keys.press("ArrowLeft", "ArrowLeft")
    keys.to('input[name="cores-by"]:checked')
    keys.press("ArrowRight")  # I choose
    keys.to(".core-tile")
    keys.press("Space", "Space")
    control.wait_words("Changed, not applied: Algorithm, Cores and Intensity.")
    keys.to("#undo")
    keys.press("Enter")
    control.wait_unchanged()
    assert keys.is_at("#apply-words"), keys.where()

    keys.to("#algorithm", "Shift+Tab")
    keys.press("ArrowDown" if other == "Scrypt" else "ArrowUp")
    keys.to("#review")
    keys.press("Enter")
    here.until("() => document.activeElement.id === 'review-apply'", "the sheet has the focus")
    keys.press("Tab", "Tab", "Tab", "Tab", "Shift+Tab")
    assert here.is_so("() => document.activeElement.closest('#review-sheet, body:focus')"), keys.where()
    keys.press("Escape")
    here.until("() => !document.getElementById('review-sheet').open", "Escape closes the sheet")
    assert keys.is_at("#review"), "the focus is back where it was"
    keys.press("Enter")
    here.until("() => document.activeElement.id === 'review-apply'", "the sheet has the focus again")
    keys.press("Enter")
    control.wait_receipt()
    control.wait_verified()
    keys.to("#receipt-close")
    keys.press("Enter")
    control.wait_unchanged()
    here.until("() => document.activeElement.id === 'apply-words'", "the focus stays beside the button")
    here.until(f"() => document.getElementById('now-family').textContent.startsWith({other!r})", other)

    keys.to('[data-order="pause"]')
    keys.press("Enter")
    here.until("() => document.activeElement.dataset.order === 'resume'", "Go on has the focus of Pause")
    keys.press("Space")
    here.until("() => document.activeElement.dataset.order === 'pause'", "Pause has it again")
    keys.to('[data-order="stop"]')
    keys.press("Enter")
    here.until("() => document.activeElement.id === 'stop-no'", "the harmless answer has the focus")
    keys.press("Escape")
    here.until("() => document.activeElement.dataset.order === 'stop'", "the focus is back where it was")


def test_who_is_paid_changes_only_after_a_proof_of_identity_and_is_told_to_everybody(
    console: Site, browser: Browser
) -> None:
    console.make_user("owen", "admin")
    _run(console, _ADD_POOL_AND_WALLET)
    state = console.log_in(browser, "owen")
    console.age_proofs("owen")
    with tab(browser, state, allowed=("/plans", "409")) as here:
        control = ControlPage(here)
        control.open(console)
        ensure_earlier_plan(control)
        here.page.check('input[name="kind"][value="pool"]', force=True)
        here.page.check("#pools input")
        assert "It needs an administrator and a fresh password" in control.review()
        here.page.click("#review-apply")
        here.until("() => !document.getElementById('review-confirm').hidden", "a proof of identity is asked for")
        assert console.run.frame["offline"], "nothing has changed yet"
        here.page.click("#review-confirm")
        here.page.fill("input[name=password]", PASSWORD)
        here.page.click("main button[type=submit]")
        control.wait_words("Changed, not applied: Kind")
        control.review()
        control.apply()
        here.page.goto(console.address + "/")
        assert "was changed by owen" in here.text("#payee-notice")
        assert _ADDRESS not in here.page.content()
        control.open(console)
        assert here.is_so("() => document.querySelector('[name=kind][value=pool]').checked")
        here.page.click("#plans li:nth-child(2) .text-button")
        control.wait_receipt()
        control.wait_verified()


def ensure_earlier_plan(control: ControlPage) -> None:
    """Apply a plan, unless another test has."""
    page = control.tab.page
    if page.locator("#plans li").count() == 0:
        page.fill("#intensity-number", "35")
        control.review()
        control.apply()
        control.wait_verified()
        control.close_receipt()


def _run(console: Site, program: str) -> None:
    """Run a program in the console's own Django."""
    done = manage(console.home, "shell", "-c", program)
    assert done.returncode == 0, done.stderr
