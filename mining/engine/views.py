"""Which view a run gets: the one that was asked for, and always the log file of the home folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

from mining.page import waiting_link
from mining.terminal.jsonview import JsonView
from mining.terminal.keys import KeyReader
from mining.terminal.live import LiveView
from mining.terminal.logfile import LogFile
from mining.terminal.plain import PlainView
from mining.terminal.view import StreamLines, TeeView, View

LOG_NAME = "miner.log"


def make_view(name: str, home: Path) -> tuple[View, KeyReader | None]:
    """Return the view `name` (live, plain or json) with the log file beside it, and a key reader for a terminal."""
    log = PlainView(LogFile(home / "log" / LOG_NAME), rate_interval_s=60.0)
    match name:
        case "live":
            has_keys = sys.stdin is not None and os.isatty(0)
            live = LiveView(Console(), has_keys=has_keys)
            _show_link(live, home)
            keys = KeyReader(on_suspend=live.suspend, on_resume=live.resume) if has_keys else None
            return _Foreground(live, log), keys
        case "json":
            return _Foreground(JsonView(sys.stdout), log), None
        case _:
            return _Foreground(PlainView(StreamLines(sys.stdout)), log), None


def _show_link(live: LiveView, home: Path) -> None:
    """Show a login link that waits, on the screen only: what was printed before it took the terminal is hidden."""
    link = waiting_link(home)
    if link is not None:
        live.event({"event": "log", "level": "info", "sentence": f"page, log in once: {link}"})


class _Foreground(TeeView):
    """A view in front of the log, which also hears of resizes when it is a screen."""

    def __init__(self, front: View, log: View) -> None:
        super().__init__((front, log))
        self._front = front

    def resized(self) -> None:
        """The terminal has another size."""
        if isinstance(self._front, LiveView):
            self._front.resized()
