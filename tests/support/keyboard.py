"""A keyboard and nothing else: where its focus is, whether it can be seen, and how it gets somewhere."""

from __future__ import annotations

from playwright.sync_api import Page

_MOST_STEPS = 90
_IS_SEEN = """() => {
  const at = document.activeElement;
  const shown = [at, at.nextElementSibling, at.closest("label")].filter(Boolean);  // a chip shows it on its text
  const isOutlined = ({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return shown.some((node) => isOutlined(getComputedStyle(node)));
}"""


class Keyboard:
    """Keys pressed on a page. Every stop of the focus must be visible."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def is_at(self, selector: str) -> bool:
        """Whether the focus is on an element of this selector."""
        return bool(self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector))

    def where(self) -> str:
        """The element with the focus, for messages."""
        return str(self.page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)"))

    def to(self, selector: str, key: str = "Tab") -> int:
        """Press Tab (or Shift+Tab) until the focus is on `selector`; returns how often."""
        for steps in range(_MOST_STEPS):
            if self.is_at(selector):
                return steps
            self.press(key)
            if not self.is_at("body"):
                assert self.page.evaluate(_IS_SEEN), f"the focus cannot be seen on {self.where()}"
        raise AssertionError(f"{_MOST_STEPS} times {key} do not lead to {selector}, but to {self.where()}")
