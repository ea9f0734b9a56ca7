"""Make the pictures of the pages: `python -m tests.support.screenshots docs/screenshots --minutes 6`.

A miner of its own (offline, light mode) runs for that long first, so that what they show was measured."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.chromium import Tab, chromium, tab
from tests.support.pages import SIGNED_IN
from tests.support.prepared_home import prepared_home
from tests.support.site import Site, site

OPTIONS = ("--light", "--difficulty", "60")
SHOWN = {
    "dashboard": "/",
    "control": "/control",
    "start": "/start",
    "plan": "/start/plan/1",
    "benchmark": "/benchmark",
    "admin-nodes": "/admin/mining/node/",
    "login": "/login",
}
VIEWS: dict[str, dict[str, object]] = {
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


def main() -> None:
    """Mine for a while, then take a picture of each page in each view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=6.0)
    words = parser.parse_args()
    words.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="minerconsole-") as scratch, chromium() as browser:
        Path(scratch, "site").mkdir()
        with site(Path(scratch, "site"), prepared_home(), *OPTIONS, browser=browser, intensity=100) as console:
            with tab(browser, console.state) as here:
                make_plan(here, console)
                here.page.wait_for_timeout(words.minutes * 60_000)
            for view, context in VIEWS.items():
                take_all(console, browser, view, context, words.folder)


def make_plan(here: Tab, console: Site) -> None:
    """Apply a plan, so that there is one to show."""
    here.page.goto(console.address + "/control")
    here.until(
        "() => document.getElementById('apply-words').textContent === 'Nothing is changed.'", "the form is there"
    )
    here.page.fill("#intensity-number", "80")
    here.page.click("#review")
    here.page.click("#review-apply")
    here.until(
        "() => document.getElementById('receipt-sentence').textContent.startsWith('It hashes')", "it hashes", 120.0
    )


def take_all(console: Site, browser: Browser, view: str, context: dict[str, object], folder: Path) -> None:
    """Take a picture of each page."""
    for name, path in SHOWN.items():
        state = None if path == "/login" else console.state
        with tab(browser, state, allowed=("",), reduced_motion="reduce", **context) as here:
            here.page.goto(console.address + path)
            here.page.wait_for_selector(SIGNED_IN.get(path, "main"), state="attached")
            settle(here)
            (folder / f"{name}-{view}.png").write_bytes(here.page.screenshot())


def settle(here: Tab) -> None:
    """Let live figures, history and charts come in."""
    here.page.wait_for_timeout(4000)
    here.until("() => document.getElementById('implied-rate')?.textContent !== '–'", "the last hour is summed up")


if __name__ == "__main__":
    main()
