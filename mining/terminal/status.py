"""A Frame as a compact block of plain text: for the `status` command and the key `s` without a screen."""

from __future__ import annotations

import time
from pathlib import Path

from mining.program import program_name
from mining.telemetry.frame import Frame
from mining.terminal import details
from mining.terminal.cores import core_lines
from mining.terminal.figures import format_age
from mining.terminal.sentences import OFFLINE_BANNER, payee_sentence
from mining.terminal.text import MARGIN, Line, clean, line_text

WIDTH = 80
MOST_CORE_LINES = 18


def status_lines(frame: Frame, *, width: int = WIDTH) -> list[str]:
    """State, payee, alerts, figures and cores; the payee line always, the OFFLINE banner when it applies."""
    head = f"{frame.state}{': ' + frame.state_reason if frame.state_reason else ''}"
    lines = [
        payee_sentence(frame.payee, frame.coin),
        *([OFFLINE_BANNER] if frame.offline else []),
        f"{clean(head)}, up {format_age(frame.system.uptime_s)}",
        *(f"! {sentence}" for _, sentence in details.worst_alerts_first(frame)),
    ]
    rows = (
        details.progress_row(frame, width),
        details.rate_row(frame, width),
        details.shares_row(frame, width),
        details.reasons_row(frame, width),
        details.next_row(frame, width),
        details.luck_row(frame, width),
        details.job_row(frame, width),
        details.link_row(frame, width),
        details.cpu_row(frame, width),
        details.memory_row(frame, width),
        details.memory_reason_row(frame, width),
        *core_lines(frame.cores, width, MOST_CORE_LINES),
    )
    return [*lines, *(_text(row) for row in rows if row is not None)]


def connection_lines(frame: Frame, *, width: int = WIDTH) -> list[str]:
    """The link, the job and the source of each setting."""
    return [_text(row) for row in details.connection_rows(frame, width)]


def _text(line: Line) -> str:
    return line_text(line)[MARGIN:]


def report_lines(frame: Frame, *, home: Path, now: float) -> list[str]:
    """What `status` prints: the block, since when, and how to see more of it or end it."""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now - frame.system.uptime_s))
    return [
        *status_lines(frame),
        "",
        f"Running since {since} from {home}",
        f"Lines as they come: {program_name()} logs -f   End it: {program_name()} stop",
    ]


def not_running_sentence(home: Path) -> str:
    start = f"Start it with {program_name()} mine, or name another folder with --home."
    return f"Nothing is mining from HOME {home}. {start}"
