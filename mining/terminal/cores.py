"""Cores on a screen, in the richest form that fits: a row each, tiles, a matrix of rates, or one sign each.

Only verified hashing is green; every other state has its own sign and word beside its colour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mining.telemetry.frame import CoreRow
from mining.terminal.figures import (
    UNKNOWN,
    format_count,
    format_frequency,
    format_hashrate,
    format_temperature,
)
from mining.terminal.text import MARGIN, Line, Span, bar, fit

STATES: dict[str, Span] = {
    "hashing": ("●", "ok"),
    "starting": ("◐", "info"),
    "paused": ("■", "warning"),
    "off": ("○", "dim"),
    "quarantined": ("▲", "error"),
    "failed": ("×", "error"),
}
_UNKNOWN_STATE: Span = ("?", "warning")
_TILE_WIDTH = 19
_CELL_WIDTH = 4
_LEVELS = "▁▂▃▄▅▆▇█"
_HEAT_LABEL = 11
_MOST_HEAT = 64


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to draw all cores: how many lines it takes (heading not counted), and the drawing."""

    height: Callable[[int, int], int]
    draw: Callable[[Sequence[CoreRow], int], list[Line]]


def state_sign(state: str) -> Span:
    return STATES.get(state, _UNKNOWN_STATE)


def core_lines(cores: Sequence[CoreRow], width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` cells: a heading with the count of each state, then the cores."""
    if height <= 0 or not cores:
        return []
    room = height - 1
    if not room:
        return [_heading(cores, "", width)]
    for form, name in ((_TABLE, ""), (_TILES, ""), (_MATRIX, f"{_matrix_unit(cores)} per core"), (_HEAT, "█ = best")):
        if form.height(len(cores), width) <= room:
            return [_heading(cores, name, width), *form.draw(cores, width)]
    lines = _HEAT.draw(cores, width)
    more: Line = [(f"{'':{MARGIN}}… {len(lines) - room + 1} more rows: the window is too small", "dim")]
    return [_heading(cores, "█ = best", width), *lines[: room - 1], fit(more, width)]


def wanted_height(count: int) -> int:
    """Lines for a row per core, with the heading."""
    return _TABLE.height(count, 0) + 1 if count else 0


def smallest_height(count: int, width: int) -> int:
    """Lines for the smallest form that shows a rate for each core as a number."""
    forms = (_TABLE, _TILES, _MATRIX)
    return min(form.height(count, width) for form in forms) + 1 if count else 0


def _heading(cores: Sequence[CoreRow], name: str, width: int) -> Line:
    line: Line = [(f"{'':{MARGIN}}{'Cores':<9}", "label")]
    for number, (state, count) in enumerate(Counter(core.state for core in cores).most_common()):
        sign, style = state_sign(state)
        line += [("   " if number else "", ""), (f"{sign} ", style), (f"{count} {state}", "")]
    errors = sum(core.errors for core in cores)
    if errors:
        line.append((f"   {format_count(errors)} error{'' if errors == 1 else 's'}", "error"))
    if name:
        line.append((f"   {name}", "dim"))
    return fit(line, width)


def _table(cores: Sequence[CoreRow], width: int) -> list[Line]:
    has_temperature = any(core.temperature_c is not None for core in cores)
    has_frequency = any(core.frequency_mhz is not None for core in cores)
    best = max((core.hashrate_hps or 0.0 for core in cores), default=0.0)
    return [fit(_table_row(core, best, width, has_temperature, has_frequency), width) for core in cores]


def _table_row(core: CoreRow, best: float, width: int, has_temperature: bool, has_frequency: bool) -> Line:
    sign, style = state_sign(core.state)
    rate = core.hashrate_hps
    line: Line = [
        (f"{'':{MARGIN}}{core.core:>5}    ", "label"),
        (f"{sign} ", style),
        (f"{core.state:<11}", "" if style == "ok" else style),
        (f" {format_hashrate(rate):>11}", "value" if rate else "dim"),
    ]
    if has_temperature:
        line.append((f"  {format_temperature(core.temperature_c):>6}", ""))
    if has_frequency:
        line.append((f"  {format_frequency(core.frequency_mhz):>8}", ""))
    line.append((f"  {core.errors:>3} error{' ' if core.errors == 1 else 's'}", "error" if core.errors else "dim"))
    room = min(width - sum(len(text) for text, _ in line) - 3, 24)
    if room >= 6 and best > 0:
        full, empty = bar((rate or 0.0) / best, room)
        line += [("  ", ""), (full, "bar"), (empty, "dim")]
    return line


def _tiles_a_row(width: int) -> int:
    return max(1, (width - MARGIN) // _TILE_WIDTH)


def _tiles(cores: Sequence[CoreRow], width: int) -> list[Line]:
    """Columns of "127 ● 171.2 H/s", numbered downwards like a directory listing."""
    height = -(-len(cores) // _tiles_a_row(width))
    lines = []
    for top in range(height):
        line: Line = [(" " * MARGIN, "")]
        for core in cores[top::height]:
            sign, style = state_sign(core.state)
            is_hashing = style == "ok"
            shown = f"{format_hashrate(core.hashrate_hps) if is_hashing else core.state:>11}"
            line += [(f"{core.core:>3} ", "label"), (sign, style), (f"{shown}  ", "" if is_hashing else style)]
        lines.append(fit(line, width))
    return lines


def _cells_a_row(width: int, label: int, cell: int, most: int) -> int:
    fitting = min(max((width - MARGIN - label) // cell, 1), most)
    return fitting // 8 * 8 or fitting


def _matrix_unit(cores: Sequence[CoreRow]) -> str:
    return "kH/s" if max((core.hashrate_hps or 0.0 for core in cores), default=0.0) >= 999.5 else "H/s"


def _matrix(cores: Sequence[CoreRow], width: int) -> list[Line]:
    """Rows of bare rates in one unit, with the numbers of the first and the last core in front."""
    scale = 1000 if _matrix_unit(cores) == "kH/s" else 1
    columns = _cells_a_row(width, _HEAT_LABEL, _CELL_WIDTH, _MOST_HEAT)
    lines = []
    for first in range(0, len(cores), columns):
        part = cores[first : first + columns]
        line = [_range_label(part)]
        for core in part:
            sign, style = state_sign(core.state)
            text = _short(core.hashrate_hps, scale) if style == "ok" else sign
            line.append((f"{text:>{_CELL_WIDTH}}", "" if style == "ok" else style))
        lines.append(fit(line, width))
    return lines


def _short(rate: float | None, scale: int) -> str:
    if rate is None:
        return UNKNOWN
    value = rate / scale
    return f"{value:.1f}" if scale > 1 and value < 9.95 else f"{value:.0f}"


def _heat(cores: Sequence[CoreRow], width: int) -> list[Line]:
    """One sign a core: its rate against the best one as a level, or the sign of its state."""
    best = max((core.hashrate_hps or 0.0 for core in cores), default=0.0)
    columns = _cells_a_row(width, _HEAT_LABEL + 1, 1, _MOST_HEAT)
    lines = []
    for first in range(0, len(cores), columns):
        part = cores[first : first + columns]
        line: Line = [_range_label(part), (" ", "")]
        for core in part:
            sign, style = state_sign(core.state)
            if style == "ok" and best > 0:
                sign = _LEVELS[min(7, int(8 * (core.hashrate_hps or 0.0) / best))]
            if line[-1][1] == style:
                line[-1] = (line[-1][0] + sign, style)
            else:
                line.append((sign, style))
        lines.append(fit(line, width))
    return lines


def _range_label(part: Sequence[CoreRow]) -> Span:
    text = f"{part[0].core}–{part[-1].core}" if len(part) > 1 else f"{part[0].core}"
    return f"{'':{MARGIN}}{text:<{_HEAT_LABEL - 1}}", "label"


_TABLE = _Form(lambda count, width: count, _table)
_TILES = _Form(lambda count, width: -(-count // _tiles_a_row(width)), _tiles)
_MATRIX = _Form(lambda count, width: -(-count // _cells_a_row(width, _HEAT_LABEL, _CELL_WIDTH, _MOST_HEAT)), _matrix)
_HEAT = _Form(lambda count, width: -(-count // _cells_a_row(width, _HEAT_LABEL + 1, 1, _MOST_HEAT)), _heat)
