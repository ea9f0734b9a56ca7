"""The control page as a person uses it: fill in, review, apply, read the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.chromium import Tab
from tests.support.site import Site

BUILD_S = 90.0  # a busy machine builds the memory of RandomX in this time at worst
ACHIEVED = "parseFloat(document.getElementById('intensity-achieved').textContent)"
"""Script: the intensity that is achieved, in percent; NaN before it was measured."""


@dataclass(frozen=True)
class ControlPage:
    """An open tab on `/control`."""

    tab: Tab

    def open(self, console: Site, *, is_ready: bool = True) -> None:
        """Load the page and wait until it can be used."""
        self.tab.page.goto(console.address + "/control")
        if is_ready:
            self.wait_unchanged()

    def wait_unchanged(self) -> None:
        """Wait until the form is filled with what is so."""
        self.wait_words("Nothing is changed.")

    def wait_words(self, words: str) -> None:
        """Wait for a sentence beside the button "Review and apply"."""
        self._until_contains("apply-words", words)

    def wait_state(self, word: str) -> None:
        """Wait for a state of the miner."""
        script = f"() => document.getElementById('state').dataset.state === {word!r}"
        self.tab.until(script, f"the miner is {word}", BUILD_S)

    def order(self, word: str) -> None:
        """Press Start, Pause, Go on or Stop, and yes where it asks."""
        self.tab.page.click(f'[data-order="{word}"]')
        if word == "stop":
            self.tab.page.click("#stop-yes")

    def ensure_mining(self) -> None:
        """Start or go on, when an earlier test left it otherwise."""
        state = self.tab.page.get_attribute("#state", "data-state")
        if state in ("idle", "failed"):
            self.order("start")
        elif state == "paused":
            self.order("resume")
        self.wait_state("mining")

    def review(self) -> str:
        """Press "Review and apply"; returns what the sheet says."""
        self.tab.page.click("#review")
        self.tab.until("() => document.getElementById('review-sheet').open", "the changes are shown")
        return self.tab.text("#review-sheet")

    def apply(self) -> int:
        """Press "Apply" and wait for the receipt; returns the plan's number."""
        self.tab.page.click("#review-apply")
        return self.wait_receipt()

    def wait_receipt(self) -> int:
        """Wait until a receipt is open; returns its plan's number."""
        self.tab.until("() => document.getElementById('receipt-sheet').open", "the receipt is open")
        return int(self.tab.text("#receipt-title").removeprefix("Plan "))

    def wait_verified(self) -> None:
        """Wait until the receipt says that it hashes, with its rate."""
        self._until_contains("receipt-sentence", "It hashes, and what it finds is checked.")
        self.tab.until("() => document.getElementById('receipt-rate').textContent.endsWith('H/s')", "its rate is told")

    def close_receipt(self) -> None:
        """Close the receipt; the form holds what is so now, also when the page loads itself again for that."""
        self.tab.page.click("#receipt-close")
        self.wait_unchanged()

    def _until_contains(self, name: str, words: str) -> None:
        script = f"() => document.getElementById({name!r}).textContent.includes({words!r})"
        self.tab.until(script, f"#{name} says {words!r}", BUILD_S)
