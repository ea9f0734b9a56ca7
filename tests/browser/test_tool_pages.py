"""Doctor, benchmark and log in a real Chromium: what a person does on them, and what a viewer cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from mining.home import log_file
from tests.support.axe import violations
from tests.support.chromium import Tab, tab
from tests.support.site import Site

BUSY_S = 120.0  # what starts processes, on a busy computer


@pytest.fixture(scope="module")
def viewer(console: Site, browser: Browser) -> Any:
    """The browser state of somebody who may look only."""
    console.make_user("onlooker", "viewer")
    return console.log_in(browser, "onlooker")


@pytest.fixture
def here(console: Site, browser: Browser) -> Iterator[Tab]:
    """A page of the administrator."""
    with tab(browser, console.state) as opened:
        yield opened


def _is_shown(name: str) -> str:
    return f"() => !document.getElementById('{name}').hidden"


def _write(console: Site, *lines: str) -> None:
    """Write lines into the log, as the miner does."""
    with log_file(console.home).open("a") as log:
        log.writelines(f"2026-11-28 07:44:35  {line}\n" for line in lines)


# --- doctor ---------------------------------------------------------------------------------------------------------


def test_the_doctor_shows_each_check_worst_first_and_runs_again(console: Site, here: Tab) -> None:
    here.page.goto(console.address + "/doctor")
    here.until("() => document.querySelectorAll('#findings > li').length > 10", "the checks are there")
    states = here.page.eval_on_selector_all("#findings > li", "rows => rows.map(row => row.dataset.state)")
    order = ["bad", "warn", "info", "unknown", "ok"]
    assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)
    counts = here.page.eval_on_selector_all("#counts .how-many", "marks => marks.map(mark => Number(mark.textContent))")
    assert counts == [states.count(state) for state in order]
    assert here.page.eval_on_selector_all("#findings > li", "rows => rows.every(row => row.innerText.length > 20)")
    before = here.page.evaluate("() => performance.getEntriesByType('resource').length")
    here.page.click("#again")
    here.until("() => document.getElementById('spoken').textContent.startsWith('Checked again')", "it says so")
    assert here.page.evaluate("() => performance.getEntriesByType('resource').length") > before
    assert here.text("#link-word") == "Checked"


def test_a_command_of_the_doctor_can_be_copied(console: Site, browser: Browser) -> None:
    with tab(browser, console.state, permissions=["clipboard-read", "clipboard-write"]) as here:
        here.page.goto(console.address + "/doctor")
        here.page.click("[data-copy=fix-command]")
        here.until("() => document.querySelector('[data-copy=fix-command]').dataset.done !== undefined", "it is copied")
        assert here.page.evaluate("() => navigator.clipboard.readText()") == "sudo ./manage.sh doctor --fix"


@pytest.mark.soak
def test_a_doctor_that_cannot_be_reached_says_so_and_keeps_what_it_has(console: Site, here: Tab) -> None:
    here.allowed += ["ERR_FAILED", "Failed to load resource"]
    here.page.goto(console.address + "/doctor")
    here.until("() => document.querySelectorAll('#findings > li').length > 10", "the checks are there")
    here.page.route("**/doctor?max_age_s=1", lambda route: route.abort())
    here.page.click("#again")
    here.until(_is_shown("notice"), "it says that nobody answers")
    assert "What you see was found" in here.text("#notice") and here.text("#link-word") == "Not reached"
    assert here.page.locator("#findings > li").count() > 10


# --- log ------------------------------------------------------------------------------------------------------------


def test_the_log_is_followed_filtered_held_and_gone_on_with(console: Site, here: Tab) -> None:
    here.page.goto(console.address + "/log")
    here.until("() => document.documentElement.dataset.freshness === 'live'", "the log is live")
    _write(console, "note       WARNING the cat sits on the keyboard")
    here.until(
        "() => document.getElementById('lines').lastElementChild?.parentElement.innerText.includes('the cat')",
        "it comes",
    )
    assert here.text("#count-warning")
    here.page.check("input[name=level][value=warning]")
    levels = "rows => rows.filter(row => !row.classList.contains('gap')).map(row => row.dataset.level)"
    assert set(here.page.eval_on_selector_all("#lines > li", levels)) <= {"warning", "error"}
    here.page.fill("#find", "on the KEYBOARD")
    assert here.page.locator("#lines > li").count() == 1 and here.text("#lines mark") == "on the keyboard"
    here.page.fill("#find", "no such words")
    assert "No line matches" in here.text("#log-panel [data-note]")
    here.page.fill("#find", "")
    here.page.check("input[name=level][value=info]")
    here.page.click("#pause")
    _write(console, *(f"note       number {number}" for number in range(3)))
    here.until(_is_shown("waiting"), "new lines wait")
    assert "number 2" not in here.text("#lines") and here.text("#link-word") == "Paused by you"
    here.page.click("#waiting")
    here.until("() => document.getElementById('lines').innerText.includes('number 2')", "they are shown")
    assert here.page.is_checked("#follow")


@pytest.mark.soak
def test_ten_thousand_lines_stay_fast_and_few_of_them_are_in_the_page(console: Site, here: Tab) -> None:
    here.page.goto(console.address + "/log")
    here.until("() => document.documentElement.dataset.freshness === 'live'", "the log is live")
    _write(console, *(f"note       line {number:05d} of very many" for number in range(12_000)))
    here.until("() => document.getElementById('lines').innerText.includes('line 11999')", "the last one is there")
    assert here.text("#log-count") == "the newest 10 000 lines"
    assert here.page.locator("#lines > li").count() <= 400
    # A person scrolls up: it is not pulled away, says how many wait, and goes on at the end.
    here.page.hover("#lines-holder")
    here.page.mouse.wheel(0, -3000)
    here.until("() => !document.getElementById('follow').checked", "it does not follow")
    top = here.page.evaluate("() => document.getElementById('lines-holder').scrollTop")
    _write(console, "note       one more")
    here.until("() => /new line/.test(document.getElementById('waiting').textContent)", "it waits")
    assert abs(here.page.evaluate("() => document.getElementById('lines-holder').scrollTop") - top) < 200
    for _ in range(12):
        here.page.mouse.wheel(0, -20_000)
        here.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert here.page.locator("#lines > li").count() <= 400
    assert "line 11999" not in here.text("#lines")
    here.page.click("#waiting")
    assert "one more" in here.text("#lines") and here.page.is_checked("#follow")
    took_ms = here.page.evaluate("""() => {
      const find = document.getElementById("find"), began = performance.now();
      find.value = "line 11500";
      find.dispatchEvent(new Event("input"));
      return performance.now() - began;
    }""")
    assert here.page.locator("#lines > li").count() == 1
    assert took_ms < 1000, "also on a busy computer: it is some milliseconds on a quiet one"


@pytest.mark.soak
def test_a_log_that_is_rotated_or_deleted_goes_on(console: Site, here: Tab) -> None:
    path = log_file(console.home)
    here.page.goto(console.address + "/log")
    here.until("() => document.documentElement.dataset.freshness === 'live'", "the log is live")
    _write(console, "note       the last of the old file")
    path.replace(path.with_name("miner.log.1"))
    _write(console, "note       the first of the new file")
    here.until("() => document.getElementById('lines').innerText.includes('the first of the new')", "it goes on")
    assert "the last of the old file" in here.text("#lines")
    path.unlink()
    _write(console, "note       after the deletion")
    here.until("() => document.getElementById('lines').innerText.includes('after the deletion')", "it goes on")
    assert "was replaced or deleted here" in here.text("#lines")


@pytest.mark.soak
def test_the_log_grows_old_when_nobody_answers_and_comes_back(console: Site, here: Tab) -> None:
    here.allowed += ["ERR_FAILED", "Failed to load resource"]
    here.page.goto(console.address + "/log")
    here.until("() => document.documentElement.dataset.freshness === 'live'", "the log is live")
    here.page.route("**/log?after=*", lambda route: route.abort())
    here.until("() => document.documentElement.dataset.freshness === 'late'", "its age is seen")
    assert "The lines are as of" in here.text("#notice")
    here.page.unroute("**/log?after=*")
    here.until("() => document.documentElement.dataset.freshness === 'live'", "it comes back")
    assert here.page.is_hidden("#notice")


@pytest.mark.soak
def test_the_event_log_tells_who_did_what(console: Site, here: Tab) -> None:
    here.page.goto(console.address + "/log")
    here.page.check("input[name=source][value=events]")
    here.until("() => document.querySelectorAll('#lines > li').length > 0", "there are events")
    with here.page.expect_download() as saved:
        here.page.click("#save")
    assert saved.value.suggested_filename == "minerconsole-events.txt"
    assert saved.value.path().read_text().strip()


# --- benchmark ------------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_a_viewer_sees_the_tools_and_can_start_nothing(console: Site, browser: Browser, viewer: Any) -> None:
    with tab(browser, viewer) as here:
        here.page.goto(console.address + "/benchmark")
        here.until("() => document.getElementById('results-panel').dataset.state !== 'loading'", "it is loaded")
        here.until("() => document.documentElement.dataset.freshness === 'live'", "the miner is seen")
        assert here.text("#start-why") == "Your role is viewer: only an operator starts benchmarks."
        assert here.page.is_disabled("#start") and here.page.is_disabled("#algorithm")
        assert here.page.is_hidden("#stop-mining") and here.page.is_hidden("#cancel")
        here.page.goto(console.address + "/log")
        here.until("() => document.querySelectorAll('#lines > li').length > 0", "a viewer reads the log")


def test_a_benchmark_beside_mining_is_not_offered_and_runs_with_its_real_progress_after_a_stop(
    console: Site, here: Tab
) -> None:
    page = here.page
    page.goto(console.address + "/benchmark")
    here.until(_is_shown("stop-mining"), "stopping is offered")
    assert page.is_disabled("#start") and "The miner is mining" in here.text("#cost")
    page.click("#stop-mining")
    assert "Mining stays off until somebody starts it again" in here.text("#stop-cost")
    page.click("#stop-yes")
    page.select_option("#algorithm", "scrypt")
    page.select_option("#hashes", "1000")
    here.until("() => !document.getElementById('start').disabled", "it can be started")
    assert "Nothing is mined now" in here.text("#cost")
    page.click("#start")
    here.until("() => document.querySelectorAll('#results-rows tr').length === 1", "its result is there", BUSY_S)
    assert here.text("#result-check").startswith("✓ The check value is right")
    assert "8908C9856135EF8B" in here.text("#result-value") and here.text("#results .newest") == "newest"
    assert "Benchmark of scrypt" in here.text("#spoken") and "100 %" in here.text("#results-rows")

    page.select_option("#hashes", "1000000")
    here.until("() => !document.getElementById('start').disabled", "it can be started again")
    page.click("#start")
    here.until(_is_shown("run-now"), "it runs")  # for minutes: the one before may be over by now
    assert page.is_disabled("#algorithm") and "one at a time" in here.text("#start-why")
    counts = "() => document.getElementById('run-count').textContent.endsWith('of 1\u00a0000\u00a0000 hashes')"
    here.until(counts, "it hashes", BUSY_S)
    here.until("() => document.getElementById('run-progress').value > 0", "it tells how far it is", BUSY_S)
    page.click("#cancel")
    here.until("() => document.querySelectorAll('#results-rows tr').length === 2", "it was cancelled", BUSY_S)
    assert "cancelled by owner" in here.text("#results-rows").lower()

    page.click("[data-sort=hashes]")
    assert page.get_attribute("#results-heads th[aria-sort]", "aria-sort") == "descending"
    assert "1 000 000" in here.text("#results-rows tr:first-child")
    page.click("#start-mining")
    here.until("() => document.getElementById('link-word').textContent === 'Mining'", "it mines again", BUSY_S)


def test_on_a_phone_every_page_is_reached_from_the_bottom_bar(console: Site, browser: Browser) -> None:
    with tab(browser, console.state, viewport={"width": 390, "height": 844}) as here:
        here.page.goto(console.address + "/log")
        for name in ("benchmark", "doctor", "log"):
            if not here.page.is_visible(f".rail a[href='/{name}']"):
                here.page.click(".more-button button")
            here.page.click(f".rail a[href='/{name}']")
            here.until(f"() => document.documentElement.dataset.page === '{name}'", "the page is there")
            assert not here.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"), name


@pytest.mark.soak
@pytest.mark.parametrize(("name", "panel"), [("doctor", "findings"), ("benchmark", "results"), ("log", "log")])
def test_axe_finds_nothing_on_the_pages_of_the_tools(console: Site, here: Tab, name: str, panel: str) -> None:
    here.page.goto(f"{console.address}/{name}")
    here.until(f"() => document.getElementById('{panel}-panel').dataset.state !== 'loading'", "it is loaded", BUSY_S)
    assert violations(here.page) == []
