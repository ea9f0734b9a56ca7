"""What a page costs, as the browser itself counts it: processor time of its thread, bytes, and what it touched.

"Scripting" is Chromium's `ScriptDuration` in thread ticks: processor time of all JavaScript that the page's thread ran,
whatever called it (messages, animation frames, timers), with the calls to canvas and page made in it. What the browser
does with the outcome (style, layout, paint) is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page

DRAWING = ("fillText", "measureText", "lineTo", "stroke", "fill", "fillRect", "drawImage", "setTransform", "clearRect")
FORCING = ("scrollHeight", "scrollTop", "clientHeight", "clientWidth", "offsetHeight", "offsetWidth", "offsetTop")
_COUNT = """
window.touched = { mutations: 0, canvas: 0, text: 0, layout: 0 };
new MutationObserver((records) => { window.touched.mutations += records.length; })
  .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
for (const name of %s) {
  const real = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...values) {
    window.touched[name.endsWith("Text") ? "text" : "canvas"] += 1;
    return real.apply(this, values);
  };
}
const style = window.getComputedStyle, box = Element.prototype.getBoundingClientRect;
window.getComputedStyle = (...values) => { window.touched.layout += 1; return style(...values); };
Element.prototype.getBoundingClientRect = function () { window.touched.layout += 1; return box.call(this); };
for (const name of %s) {
  const owner = name.startsWith("offset") ? HTMLElement.prototype : Element.prototype;
  const real = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { ...real, get() { window.touched.layout += 1; return real.get.call(this); } });
}
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a list of milliseconds."""

    median: float
    p90: float
    most: float

    def __str__(self) -> str:
        return f"median {self.median:.2f}, p90 {self.p90:.2f}, most {self.most:.2f} ms"


def spread_of(values: list[float]) -> Spread:
    """The spread of at least one value."""
    ranked = sorted(values)
    return Spread(median(ranked), ranked[int(len(ranked) * 0.9)], ranked[-1])


def count_touches(page: Page) -> None:
    """Count from the next load on what scripts touch; the wrapping costs time, so do not time such a page."""
    page.add_init_script(_COUNT % (list(DRAWING), list(FORCING)))


def touches(page: Page) -> dict[str, int]:
    """Calls since the load: page `mutations`, `canvas`, `text` on canvases of the page, what asks for a `layout`."""
    counted: dict[str, int] = page.evaluate("() => ({ ...window.touched })")
    return counted


class PageMeter:
    """The browser's own counters of a page. `slower`: how many times the processor is to be slowed down."""

    def __init__(self, page: Page, *, slower: int = 1) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        if slower > 1:
            self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": slower})

    def read(self) -> dict[str, float]:
        """All counters: ScriptDuration, LayoutCount, Nodes, … Times in seconds."""
        return {row["name"]: row["value"] for row in self._cdp.send("Performance.getMetrics")["metrics"]}

    def kept(self) -> tuple[float, int]:
        """What stays after the garbage was collected: (heap in bytes, nodes of the page)."""
        self._cdp.send("HeapProfiler.collectGarbage")
        now = self.read()
        return now["JSHeapUsedSize"], int(now["Nodes"])


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a page. Bytes of all answers until now: as they are used, and as they came."""

    first_paint_s: float
    used_bytes: int
    wire_bytes: int
    requests: int


def load_of(page: Page) -> Load:
    """What the load of `page` has cost so far. Its first paint must be over."""
    told: dict[str, Any] = page.evaluate(
        """() => {
          const rows = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
          const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
          return { used: sum("decodedBodySize"), wire: sum("transferSize"), requests: rows.length,
                   paint: performance.getEntriesByName("first-contentful-paint")[0].startTime };
        }"""
    )
    return Load(told["paint"] / 1000, told["used"], told["wire"], told["requests"])
