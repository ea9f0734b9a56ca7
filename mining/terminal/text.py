"""Lines of styled text for a screen: width, cropping, alignment, bars, ASCII stand-ins. No escape codes, no I/O.

A Line is a list of (text, style name) spans. Text from pools and daemons passes `clean` before it gets here, so that
nobody else's escape codes reach the terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]
Line = list[Span]

MARGIN = 1
LABEL_WIDTH = 9
GAP = 3

_ASCII = str.maketrans(
    {
        "–": "-", "…": "~", "·": "|", "→": ">", "°": " ", "●": "*", "○": "o", "◐": "~", "■": "=", "▲": "!", "×": "x",
        "█": "#", "░": ".", "▁": "1", "▂": "2", "▃": "3", "▄": "4", "▅": "5", "▆": "6", "▇": "7", "─": "-",
    }
)  # fmt: skip


def clean(text: str) -> str:
    """Return `text` with everything that is not printable (line ends, escape codes) replaced by "?"."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "?" for char in text)


def to_ascii(text: str) -> str:
    """Replace the characters we draw with by ASCII of the same width, and any other by "?"."""
    if text.isascii():
        return text
    return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")


def is_utf8(encoding: str | None) -> bool:
    """Whether a stream of this encoding takes all our characters; a stream without one does."""
    return (encoding or "utf-8").lower().replace("-", "").startswith("utf")


def width_of(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def line_width(line: Iterable[Span]) -> int:
    return sum(width_of(text) for text, _ in line)


def line_text(line: Iterable[Span]) -> str:
    return "".join(text for text, _ in line).rstrip()


def fit(line: Line, width: int) -> Line:
    """Return `line` cropped to `width` cells; what is cropped ends in "…"."""
    if line_width(line) <= width:
        return line
    room = max(width - 1, 0)
    kept: Line = []
    for text, style in line:
        size = width_of(text)
        if size > room:
            kept.append((set_cell_size(text, room) + "…"[:width], style))
            break
        kept.append((text, style))
        room -= size
    return kept


def spread(left: Line, right: Line, width: int) -> Line:
    """Put `left` and `right` at the two ends of a line; the right part goes when there is no room for both."""
    room = width - line_width(left) - line_width(right) - MARGIN
    if room < 2:
        return fit(left, width)
    return [*left, (" " * room, ""), *right]


def row(label: str, items: Sequence[Line], width: int, *, gap: int = GAP) -> Line:
    """A labelled row of items; items that do not fit are left out from the end, never cut in half (but the first)."""
    line: Line = [(f"{'':{MARGIN}}{label:<{LABEL_WIDTH}}", "label")]
    used = MARGIN + LABEL_WIDTH
    for number, item in enumerate(items):
        size = line_width(item) + (gap if number else 0)
        if number and used + size > width:
            break
        if number:
            line.append((" " * gap, ""))
        line.extend(item)
        used += size
    return fit(line, width)


def wrap(text: str, width: int, *, first: Span, style: str, most: int) -> list[Line]:
    """`text` on at most `most` lines, the first one begun by `first`, the others indented by its width."""
    indent = width_of(first[0])
    parts = textwrap.wrap(text, max(width - indent, 8), max_lines=most, placeholder=" …") or [""]
    return [
        fit([first if number == 0 else (" " * indent, ""), (part, style)], width) for number, part in enumerate(parts)
    ]


def bar(fraction: float, width: int) -> tuple[str, str]:
    """The full and the empty part of a bar of `width` cells."""
    full = round(min(max(fraction, 0.0), 1.0) * width)
    return "█" * full, "░" * (width - full)
