"""All that the dashboard shows, read from a page, and how two pages differ that show the same Frame.

What follows from the Frame must be the same to the letter, but for ages, which grow while one page is read after the
other. What follows from stored history is compared for the time that both know.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from tests.support.chromium import Tab

Figures = dict[str, Any]
AGES = ("link-job-age", "fact-job", "fact-uptime")
AGE_ROOM_S = 3.0
RATE_ROOM = 0.1
NOT_RECORDED = "not recorded"

_READ = """() => {
  const text = (node) => node.innerText.replace(/\\s+/g, " ").trim();
  const id = (name) => text(document.getElementById(name));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (selector) => Object.fromEntries(all(selector).map((node) => [node.id, text(node)]));
  const rows = (name) => all(`#${name} tr`).map((row) => [...row.children].map(text));
  return {
    frame: document.body.dataset.frame ?? "", freshness: document.documentElement.dataset.freshness,
    word: id("link-word"), age: id("link-age"), way: id("link-way"), bell: id("bell-count"),
    who: all(".who-line > *").map(text), alerts: all("#alerts li").map(text), log: all("#log li").map(text),
    cards: named("#card-rate [id], #card-next [id], #card-link [id], #card-cores [id]"),
    hour: named("#card-implied [id], #card-shares [id]"), facts: named(".facts [id]"),
    cores: all(".core-tile").map(({ dataset }) => [dataset.cpu, dataset.state, dataset.level ?? ""]),
    rates: rows("rate-rows"), shares: rows("outcomes-rows"),
  };
}"""
_LOOKS = """() => {
  const colour = (node) => getComputedStyle(node).color;
  const probe = document.createElement("i");
  probe.setAttribute("class", "number");
  probe.style.color = "var(--stale)";
  document.body.append(probe);
  const stale = colour(probe);
  probe.remove();
  return { stale, figures: [...document.querySelectorAll(".number")].map(colour) };
}"""


def open_tables(page: Page) -> None:
    """Show the data of both charts as tables, which are then read as well."""
    for button in ("#rate-as-table", "#outcomes-as-table"):
        page.click(button)


def read(page: Page) -> Figures:
    """Everything at one moment."""
    figures: Figures = page.evaluate(_READ)
    return figures


def is_dimmed(page: Page) -> bool:
    """Whether every large figure is drawn in the colour of old ones, as computed by the browser."""
    looks = page.evaluate(_LOOKS)
    return all(colour == looks["stale"] for colour in looks["figures"])


def read_both(live: Tab, fresh: Tab, tries: int = 1000) -> tuple[Figures, Figures]:
    """Both pages while they show the same Frame."""
    for _ in range(tries):
        one, other = read(live.page), read(fresh.page)
        if one["frame"] == other["frame"] != "":
            return one, other
        live.page.wait_for_timeout(20)
    raise AssertionError(f"never the same Frame: {one['frame']} and {other['frame']}; {live.story()}")


def frame_differences(one: Figures, other: Figures) -> list[str]:
    """What two pages with the same Frame show differently of it; of events as well."""
    found = [f"{name}: {one[name]} / {other[name]}" for name in ("who", "bell", "cores") if one[name] != other[name]]
    for part in ("cards", "facts"):
        for name, words in one[part].items():
            has_age = name in AGES
            if words != other[part][name] and not (has_age and is_same_but_for_age(words, other[part][name])):
                found.append(f"{name}: {words!r} / {other[part][name]!r}")
    for alert, twin in zip(one["alerts"], other["alerts"], strict=False):
        if not is_same_but_for_age(alert, twin):
            found.append(f"alert: {alert!r} / {twin!r}")
    if len(one["alerts"]) != len(other["alerts"]):
        found.append(f"alerts: {one['alerts']} / {other['alerts']}")
    return found + log_differences(one["log"], other["log"])


def log_differences(live: list[str], fresh: list[str]) -> list[str]:
    """How the event log differs from a fresh one, which holds the newest ones only: nothing twice, nothing missing."""
    newest = live[-len(fresh) :] if fresh else live
    if newest == fresh:
        return []
    missing = [line for line in fresh if line not in newest][:5]
    extra = [line for line in newest if line not in fresh][:5]
    return [f"log of {len(live)} and {len(fresh)} lines: missing {missing}, too many {extra}"]


def history_differences(one: Figures, other: Figures) -> list[str]:
    """What both charts and the cards of the hour tell differently, for the time that both know."""
    found = [
        f"{name}: {words!r} / {other['hour'][name]!r}" for name, words in _hour(one) if words != other["hour"][name]
    ]
    for part in ("rates", "shares"):
        rows = {row[0]: row[1:] for row in one[part]}
        for start, *cells in other[part]:
            if start in rows and not all(map(is_same_cell, rows[start], cells)):
                found.append(f"{part} from {start}: {rows[start]} / {cells}")
    return found


def _hour(figures: Figures) -> list[tuple[str, str]]:
    watched = ("implied-window", "shares-window")  # how long: a second more or less
    return [(name, words) for name, words in figures["hour"].items() if name not in watched]


def is_same_cell(one: str, other: str) -> bool:
    """Whether two cells of a chart's table say the same, rates nearly so."""
    if one == other:
        return True
    numbers = [re.fullmatch(r"([\d.]+) (k?)H/s", cell) for cell in (one, other)]
    if not all(numbers):
        return False
    first, second = (float(found[1]) * (1000 if found[2] else 1) for found in numbers if found)
    return abs(first - second) <= RATE_ROOM * max(first, second)


_SPAN = re.compile(r"(\d+(?:\.\d+)?) (s|min|h|days)\b")
_UNIT_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}


def is_same_but_for_age(one: str, other: str) -> bool:
    """Whether two texts are the same, where spans of time may differ by AGE_ROOM_S or one step of their unit."""
    if one == other:
        return True
    if _SPAN.sub("", one) != _SPAN.sub("", other):
        return False
    pairs = zip(_SPAN.findall(one), _SPAN.findall(other), strict=True)
    return all(abs(_seconds(first) - _seconds(second)) <= _room(first, second) for first, second in pairs)


def _seconds(found: tuple[str, str]) -> float:
    return float(found[0]) * _UNIT_S[found[1]]


def _room(first: tuple[str, str], second: tuple[str, str]) -> float:
    unit = max(_UNIT_S[first[1]], _UNIT_S[second[1]])
    return AGE_ROOM_S if unit == 1.0 else unit
