"""`--json`: every event as one JSON object a line, and nothing else, on standard output."""

from __future__ import annotations

import contextlib
import json
from typing import TextIO

import msgspec

from mining.terminal.keys import Action
from mining.terminal.view import OutputClosedError, StreamLines


class JsonView:
    """Events as JSON lines in ASCII, flushed one by one; the summary is always last and comes once."""

    def __init__(self, stdout: TextIO) -> None:
        self._write = StreamLines(stdout)
        self._has_summary = False

    def event(self, event: dict[str, object]) -> None:
        if self._has_summary:
            return
        self._has_summary = event.get("event") == "summary"
        self._write(_encoded(event))

    def tick(self, now: float) -> None:
        """Nothing: a program judges age by its own clock."""

    def act(self, action: Action) -> bool:
        return False

    def close(self, summary: dict[str, object] | None) -> None:
        if summary is not None:
            with contextlib.suppress(OutputClosedError):
                self.event({**summary, "event": "summary"})


def _encoded(event: dict[str, object]) -> str:
    try:
        return json.dumps(event, separators=(",", ":"), allow_nan=False)
    except ValueError:  # NaN and infinities are not JSON: null instead
        return json.dumps(json.loads(msgspec.json.encode(event)), separators=(",", ":"))
