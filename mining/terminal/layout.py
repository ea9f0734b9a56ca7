"""The live view as lines: what is shown at which size. Pure: model, width, height → at most `height` Lines.

Each row has a rank; when the screen is too low the highest ranks go first. The payee line and the OFFLINE banner have
rank 0: nothing suppresses them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from mining.telemetry.frame import Frame
from mining.terminal import details
from mining.terminal.cores import core_lines, smallest_height, wanted_height
from mining.terminal.events import StartEvent
from mining.terminal.figures import format_age
from mining.terminal.keys import KEY_HELP, Action
from mining.terminal.sentences import OFFLINE_BANNER, payee_sentence
from mining.terminal.text import GAP, MARGIN, Line, clean, fit, spread, wrap

STALE_AFTER_S = 3.0
LOG_LINES = 5
MOST_LOG_LINES = 12
_MOST_ALERTS = 3
_STATE_SIGNS = {
    "mining": ("●", "ok"),
    "preparing": ("◐", "info"),
    "draining": ("◐", "info"),
    "paused": ("■", "warning"),
    "idle": ("○", "dim"),
    "failed": ("×", "error"),
}
_KEYS = ("h help", "p pause", "r resume", "+ - intensity", "c connection", "s status", "q stop")
_NAME_FROM_WIDTH = 50
_SHORT_KEYS = "h p r + - c s q"
_UNDIMMED = ("payee", "banner", "label", "dim")


@dataclass(frozen=True, slots=True)
class LogLine:
    clock: str
    severity: str
    text: str


@dataclass(slots=True)
class Model:
    """What the live view knows. `frame_age_s`: since the last Frame came, by our own clock; None before the first."""

    start: StartEvent = field(default_factory=StartEvent)
    frame: Frame | None = None
    frame_age_s: float | None = None
    waiting_s: float = 0.0
    panel: Action = Action.NONE
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=50))
    has_keys: bool = True

    @property
    def is_stale(self) -> bool:
        return self.frame_age_s is not None and self.frame_age_s >= STALE_AFTER_S

    @property
    def is_offline(self) -> bool:
        return self.frame.offline if self.frame is not None else self.start.offline


_Ranked = tuple[int, list[Line]]


def compose(model: Model, width: int, height: int) -> list[Line]:
    """Return the screen, top to bottom. No line is wider than `width`."""
    if width <= 0 or height <= 0:
        return []
    above = [*_head(model, width), *_body(model, width, height)]
    keys: _Ranked = (6, [_key_line(model, width)] if model.has_keys else [])
    panel: _Ranked = (5, _panel(model, width))
    kept = _chosen([*above, panel, keys], height)
    top = [line for ranked in above if id(ranked) in kept for line in ranked[1]]
    bottom = keys[1] if id(keys) in kept else []
    shown = panel[1] if id(panel) in kept else []
    room = height - len(top) - len(bottom) - len(shown)
    lines = [*top, *shown, *_rest(model, width, room), *bottom][:height]
    return [_dimmed(line) for line in lines] if model.is_stale else lines


def _chosen(ranked: Sequence[_Ranked], height: int) -> set[int]:
    """The identities of the groups of lines that fit, lowest rank first; rank 0 always."""
    kept, used = set(), 0
    for group in sorted(ranked, key=lambda group: group[0]):
        if group[0] == 0 or used + len(group[1]) <= height:
            kept.add(id(group))
            used += len(group[1])
    return kept


def _head(model: Model, width: int) -> list[_Ranked]:
    payee, coin = (model.start.payee, model.start.coin)
    if model.frame is not None:
        payee, coin = model.frame.payee, model.frame.coin
    groups: list[_Ranked] = [
        (1, [_title(model, width)]),
        (0, wrap(payee_sentence(payee, coin), width, first=(" " * MARGIN, ""), style="payee", most=20)),
    ]
    if model.is_offline:
        groups.append((0, [fit([(f"{OFFLINE_BANNER:^{width}}", "banner")], width)]))
    return groups


def _title(model: Model, width: int) -> Line:
    frame = model.frame
    left: Line = [(" " * MARGIN, "")]
    if width >= _NAME_FROM_WIDTH:
        left += [("MinerConsole", "title"), (f" {clean(model.start.version or '')}".rstrip(), "dim"), (" " * GAP, "")]
    if frame is None:
        return spread([*left, ("◐ starting", "info")], [(format_age(model.waiting_s), "dim")], width)
    sign, style = _STATE_SIGNS.get(frame.state, ("?", "warning"))
    left += [(f"{sign} {clean(frame.state)}", style), (f"   {clean(frame.coin)}  {clean(frame.algorithm)}", "")]
    if model.is_stale:
        return spread(left, [(f"no news for {format_age(model.frame_age_s)}", "stale")], width)
    return spread(left, [("up ", "dim"), (format_age(frame.system.uptime_s), "")], width)


def _body(model: Model, width: int, height: int) -> list[_Ranked]:
    frame = model.frame
    if frame is None:
        return []
    groups: list[_Ranked] = []
    if frame.state_reason:
        style = "error" if frame.state == "failed" else "warning"
        groups.append((3, wrap(clean(frame.state_reason), width, first=(" " * MARGIN, ""), style=style, most=2)))
    groups += _alerts(frame, width, most=2 if height >= 20 else 1)
    groups.append((16, [[]]))
    rows = (
        (2, details.progress_row(frame, width)),
        (2, details.rate_row(frame, width)),
        (4, details.shares_row(frame, width)),
        (10, details.reasons_row(frame, width)),
        (9, details.next_row(frame, width)),
        (13, details.luck_row(frame, width)),
        (8, details.job_row(frame, width)),
        (7, details.link_row(frame, width)),
        (11, details.cpu_row(frame, width)),
        (12, details.memory_row(frame, width)),
        (14, details.memory_reason_row(frame, width)),
    )
    return groups + [(rank, [line]) for rank, line in rows if line is not None]


def _alerts(frame: Frame, width: int, *, most: int) -> list[_Ranked]:
    groups: list[_Ranked] = []
    alerts = details.worst_alerts_first(frame)
    for number, (severity, sentence) in enumerate(alerts[:_MOST_ALERTS]):
        style = severity if severity in ("error", "warning") else "info"
        first = (f"{'':{MARGIN}}! ", style)
        groups.append((15 if number else 5, wrap(sentence, width, first=first, style=style, most=most)))
    if len(alerts) > _MOST_ALERTS:
        more = f"{'':{MARGIN}}  and {len(alerts) - _MOST_ALERTS} more alerts"
        groups.append((15, [fit([(more, "warning")], width)]))
    return groups


def _panel(model: Model, width: int) -> list[Line]:
    """What a key asked for, in the place of the cores."""
    if model.panel is Action.HELP:
        lines: list[Line] = [[(f"{'':{MARGIN}}{key}  ", "value"), (meaning, "")] for key, meaning in KEY_HELP]
        return [[], *(fit(line, width) for line in lines)]
    if model.frame is None:
        return []
    if model.panel is Action.CONNECTION:
        return [[], *details.connection_rows(model.frame, width)]
    if model.panel is Action.STATUS:
        return [[], *details.count_rows(model.frame, width)]
    return []


def _rest(model: Model, width: int, room: int) -> list[Line]:
    """Cores and log in the `room` that is left, filled with empty lines so that the keys stay at the bottom."""
    cores = model.frame.cores if model.frame is not None and model.panel is Action.NONE else []
    log_room = min(LOG_LINES, max(room - 1, 0))
    if cores:
        log_room = min(LOG_LINES, max(2, room - 2 - wanted_height(len(cores)))) if room >= 5 else 0
    gaps = 1 if room - log_room - smallest_height(len(cores), width) >= 2 and room >= 8 else 0
    block = core_lines(cores, width, room - log_room - 2 * gaps)
    lines: list[Line] = [*([[]] * gaps if block else []), *block]
    log_room = min(MOST_LOG_LINES, room - len(lines) - gaps)
    if log_room > 0:
        lines += [*([[]] * gaps), *_log(model, width, log_room)]
    return [*lines, *([[]] * (room - len(lines)))]


def _log(model: Model, width: int, room: int) -> list[Line]:
    lines: list[Line] = []
    for entry in list(model.log)[-room:]:
        style = "" if entry.severity == "info" else entry.severity
        lines.append(fit([(f"{'':{MARGIN}}{entry.clock}  ", "dim"), (entry.text, style)], width))
    return lines


def _key_line(model: Model, width: int) -> Line:
    text = "   ".join(_KEYS)
    return fit([(f"{'':{MARGIN}}{text if len(text) + MARGIN <= width else _SHORT_KEYS}", "keys")], width)


def _dimmed(line: Line) -> Line:
    return [(text, style if style in (*_UNDIMMED, "stale", "keys") else "dim") for text, style in line]
