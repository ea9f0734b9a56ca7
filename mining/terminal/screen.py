"""Lines onto a terminal, cheaply: only lines that changed are written, each by its own cursor address.

The alternate screen is used because addresses stay true through a resize there, and because the shell's scrollback
comes back untouched. Styles are rich's, turned into escape codes once. No thread, no timer.
"""

from __future__ import annotations

import atexit
import os

from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

from mining.terminal.text import Line, is_utf8, line_width, to_ascii

_STYLES = {
    "": "",
    "title": "bold",
    "payee": "bold",
    "banner": "bold reverse yellow",
    "label": "dim",
    "dim": "dim",
    "value": "bold",
    "ok": "green",
    "info": "cyan",
    "warning": "yellow",
    "error": "bold red",
    "rejected": "magenta",
    "bar": "cyan",
    "stale": "bold yellow",
    "keys": "dim",
}
_OPEN = "\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J"
_CLOSE = "\x1b[0m\x1b[?25h\x1b[?1049l"
_CLEAR = "\x1b[0m\x1b[2J"
_FULL_PAINT_EVERY = 30  # whatever else wrote on the terminal is gone after this many paints
SMALLEST_KNOWN = (80, 24)  # for terminals that do not know their size (serial lines, some containers)


class Screen:
    """The visible screen of one console. `open`, `paint` each second, `close`; safe to close twice and at exit."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_ascii = not is_utf8(console.encoding)
        self._codes = {name: _codes(console, style) for name, style in _STYLES.items()}
        self._shown: list[str] = []
        self._size = (0, 0)
        self._paints = 0
        self.is_open = False

    def size(self) -> tuple[int, int]:
        """Columns and rows now: of the terminal itself, so that COLUMNS in the environment cannot freeze it."""
        try:
            columns, rows = os.get_terminal_size(self._console.file.fileno())
        except (OSError, ValueError, AttributeError):
            columns, rows = self._console.size
        return columns or SMALLEST_KNOWN[0], rows or SMALLEST_KNOWN[1]

    def has_new_size(self) -> bool:
        return self.size() != self._size

    def open(self) -> None:
        if not self.is_open:
            self.is_open = True
            self._size = (0, 0)
            atexit.register(self.close)
            self._write(_OPEN)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            atexit.unregister(self.close)
            self._write(_CLOSE)

    def paint(self, lines: list[Line], width: int, height: int) -> None:
        """Make the screen show `lines`; what is the same as before is not written again."""
        if not self.is_open:
            return
        parts: list[str] = []
        if (width, height) != self._size or self._paints % _FULL_PAINT_EVERY == 0:
            self._size = (width, height)
            self._shown = []
            parts.append(_CLEAR)
        self._paints += 1
        new = [self._encoded(line, width) for line in lines[:height]]
        blank = " " * width
        new += [blank] * (height - len(new))
        old = self._shown or [blank] * height
        parts += [f"\x1b[{row};1H{text}" for row, text in enumerate(new, 1) if text != old[row - 1]]
        self._shown = new
        if parts:
            self._write("".join(parts))

    def _encoded(self, line: Line, width: int) -> str:
        """The line with escape codes, padded to the width, so that nothing of an older line shines through."""
        parts = []
        for text, style in line:
            if not text:
                continue
            before, after = self._codes[style]
            parts.append(f"{before}{to_ascii(text) if self._is_ascii else text}{after}")
        return "".join(parts) + " " * (width - line_width(line))

    def _write(self, text: str) -> None:
        file = self._console.file
        try:
            file.write(text)
            file.flush()
        except (OSError, ValueError):
            self.is_open = False  # the terminal has gone; mining has not


def _codes(console: Console, style: str) -> tuple[str, str]:
    """The escape codes before and after text of a style, as this console's colour system has them."""
    parsed = Style.parse(style) if style else Style()
    if console.no_color:
        parsed = parsed.without_color
    color_system = COLOR_SYSTEMS.get(console.color_system or "")
    before, _, after = parsed.render("\0", color_system=color_system).partition("\0")
    return before, after
