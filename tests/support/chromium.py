"""Debian's Chromium, driven by Playwright, and pages that note every fault: script errors, console errors, what the
content security policy stopped, and answers of the server that a person would not expect.

with chromium() as browser, tab(browser, site.state) as page:
    page.goto(site.address + "/")
    page.until("() => document.documentElement.dataset.freshness === 'live'", "the page is live")
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

PATIENCE_S = 30.0
_POLL_MS = 100
# Nothing of the browser's own goes to the network.
_FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_NOTE_VIOLATIONS = """
addEventListener("securitypolicyviolation",
  (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; the test is skipped where there is none. Playwright's loop runs inside the block only."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Tab:
    """One page and what went wrong on it. `allowed`: parts of fault lines that the test brings about itself."""

    page: Page
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        """Its context."""
        return self.page.context

    def is_so(self, script: str) -> bool:
        """Whether a JavaScript function gives something true; not while the page is being loaded."""
        try:
            return bool(self.page.evaluate(script))
        except Error:
            return False

    def until(self, script: str, what: str, timeout_s: float = PATIENCE_S) -> float:
        """Poll until `script` gives something true; returns the seconds it took."""
        began = time.monotonic()
        while not self.is_so(script):
            waited = time.monotonic() - began
            assert waited < timeout_s, f"not within {timeout_s:g} s: {what}; {self.story()}"
            self.page.wait_for_timeout(_POLL_MS)  # lets the page's events in, too
        return time.monotonic() - began

    def text(self, selector: str) -> str:
        """What stands in an element, spaces joined."""
        return " ".join(self.page.inner_text(selector).split())

    def story(self) -> str:
        """What a failure should show."""
        try:
            return f"{self.page.url} faults {self.faults}\n{self.page.inner_text('body')[:3000]}"
        except Error as error:
            return f"{self.page.url} faults {self.faults}; {error}"

    def unexpected(self) -> list[str]:
        """Faults that the test did not bring about."""
        return [fault for fault in self.faults if not any(words in fault for words in self.allowed)]


@contextmanager
def tab(browser: Browser, state: Any = None, *, allowed: tuple[str, ...] = (), **context: Any) -> Iterator[Tab]:
    """A page in a context of its own, logged in when `state` is a storage state; faultless at the end of the block."""
    words = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "timezone_id": "UTC", **context}
    opened = browser.new_context(storage_state=state, **words)
    try:
        watched = watch(opened.new_page(), allowed)
        yield watched
        assert not watched.unexpected(), watched.story()
    finally:
        opened.close()


def watch(page: Page, allowed: tuple[str, ...] = ()) -> Tab:
    """Note the faults of a page from now on."""
    watched = Tab(page, allowed=list(allowed))
    page.add_init_script(_NOTE_VIOLATIONS)
    page.on("console", lambda message: _note_console(watched, message.type, message.text))
    page.on("pageerror", lambda error: watched.faults.append(f"script: {error}"))
    page.on(
        "response",
        lambda answer: watched.faults.append(f"answer {answer.status} {answer.url}") if answer.status >= 400 else None,
    )
    return watched


def _note_console(watched: Tab, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        watched.faults.append(f"console {kind}: {text}")
