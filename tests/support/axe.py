"""axe-core on an open page: what it finds, less what is known of the admin's skin and cannot be mended by us."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = "([within, options]) => axe.run(within, options).then(({ violations }) => violations)"
COLOURS = ["color-contrast", "link-in-text-block"]
KNOWN: tuple[tuple[str, str, str], ...] = ()
"""(rule, part of the selector, why it stays) of the skin django-unfold."""


def violations(page: Page, within: str = "html") -> list[str]:
    """Return what axe finds on the page as it stands, a line for each element: all rules in the light theme, and what
    depends on colours in the dark one. `within`: a selector of the part to look at."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for theme, run_only in (("light", {"type": "tag", "values": TAGS}), ("dark", {"type": "rule", "values": COLOURS})):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
        page.evaluate("() => { for (const moving of document.getAnimations()) moving.finish(); }")
        options = {"runOnly": run_only, "resultTypes": ["violations"]}
        rules = page.evaluate(_RUN, [within, options])
        found += [f"{theme}: {line}" for rule in rules for line in _lines(rule)]
    return found


def _lines(rule: dict[str, Any]) -> list[str]:
    lines = []
    for node in rule["nodes"]:
        target = " ".join(str(part) for part in node["target"])
        if not any(rule["id"] == known and part in target for known, part, _ in KNOWN):
            checks = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
            lines.append(
                f"{rule['id']} ({rule['impact']}) at {target}: {'; '.join(checks)[:200]}; {node['html'][:160]}"
            )
    return lines
