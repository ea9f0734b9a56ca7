"""When a page drew which Frame: noted in the page by its own observer, and joined with the time in the Frame.

The page's clock and the miner's are this computer's. "Drawn" is the first animation frame that begins after the change
of the text: by then the one with the change in it has been painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.support.mine import MineRun

# Chromium calls an animation frame back before it paints; the change was made in the one before, so it is painted.
_WATCH = """([marked, texts]) => {
  const drawn = globalThis.drawn = [];
  const read = () => texts.map((selector) => document.querySelector(selector)?.textContent ?? "");
  const key = () => document.querySelector(marked[0]).getAttribute(marked[1]);
  const note = () => requestAnimationFrame(() => drawn.push({ key: key(), at: Date.now() / 1000, texts: read() }));
  new MutationObserver(note).observe(document.querySelector(marked[0]), { attributeFilter: [marked[1]] });
}"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One Frame on a page: `late_s` after the time in it; `texts` as they were then."""

    key: str
    late_s: float
    texts: tuple[str, ...]


def watch_seconds(page: Page, texts: tuple[str, ...], *, selector: str = "body", attribute: str = "data-frame") -> None:
    """Note from now on each change of `attribute` ("EPOCH SEQ" of the Frame drawn), and what stands in `texts`."""
    page.evaluate(_WATCH, [[selector, attribute], list(texts)])


def drawn_seconds(page: Page, run: MineRun) -> list[Drawn]:
    """What was noted, each Frame once, with the times in the Frames as `mine --json` told them."""
    noted: list[dict[str, Any]] = page.evaluate("() => globalThis.drawn")
    made_at = {f"{frame['epoch']} {frame['seq']}": frame["at"] for frame in run.of_kind("frame")}
    first: dict[str, Drawn] = {}
    for row in noted:
        if row["key"] in made_at:
            late_s = row["at"] - made_at[row["key"]]
            first.setdefault(row["key"], Drawn(row["key"], late_s, tuple(row["texts"])))
    return list(first.values())


def quantile(values: list[float], part: float) -> float:
    """The value that `part` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
