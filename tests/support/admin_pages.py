"""Pages of the admin as a browser shows them: their live figures, and every page that links lead to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.support.chromium import Tab

PLACES = {
    "node": ("rate_now", "rate_60"), "pool": ("rate_now", "job_age"), "poolsession": ("duration", "last_share"),
}  # fmt: skip
"""Each model with live figures, and those of its list that are seldom the same in two Frames."""
CURRENT = "✓ mining", "✓ mined now", "✓ open"
_TEXTS = """(cells) => Object.fromEntries(
  cells.map((cell) => [`${cell.dataset.of} ${cell.dataset.live}`, cell.textContent]))"""
_BOXES = """(cells) => cells.map((cell) => {
  const { x, y, width, height } = cell.getBoundingClientRect();
  return [x, y, width, height];
})"""
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
_FRAME = "() => document.getElementById('live-bar')?.dataset.frame"


def wait_live(here: Tab) -> None:
    """Wait until the figures are those of now."""
    here.until("() => document.getElementById('live-bar')?.dataset.is === 'live'", "the figures are live")


def frame_number(here: Tab) -> int:
    """The number of the Frame that the page shows."""
    return int(here.page.evaluate(_FRAME))


def wait_frames(here: Tab, count: int) -> None:
    """Wait until the page shows a Frame `count` seconds of the miner later."""
    wanted = frame_number(here) + count
    here.until(f"() => Number(({_FRAME})()) >= {wanted}", f"frame {wanted} is shown")


def live_texts(here: Tab) -> dict[str, str]:
    """ "row figure" -> text, of every live cell."""
    texts: dict[str, str] = here.page.eval_on_selector_all("[data-live]", _TEXTS)
    return texts


def current_row(here: Tab) -> str:
    """The row that this computer's Frames are about."""
    states = {name: text for name, text in live_texts(here).items() if name.endswith(" state") and text in CURRENT}
    assert len(states) == 1, here.story()
    return next(iter(states)).partition(" ")[0]


def live_boxes(here: Tab) -> list[list[float]]:
    """Place and size of every live cell."""
    boxes: list[list[float]] = here.page.eval_on_selector_all("[data-live]", _BOXES)
    return boxes


def kinds_of_links(here: Tab) -> dict[str, str]:
    """Kind of page (its address with numbers left out) -> address, of the admin's pages that this one links to."""
    found: dict[str, str] = {}
    for address in here.page.evaluate(_LINKS):
        parts = urlsplit(address)
        if parts.path.startswith("/admin/") and not (parts.fragment or parts.query or "logout" in parts.path):
            found.setdefault(re.sub(r"\d+", "N", parts.path), address)
    return found
