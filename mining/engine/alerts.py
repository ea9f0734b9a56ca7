"""AlertList: what needs a person's attention now. One row per code; raising it again keeps its `since`."""

from __future__ import annotations

import time

from mining.telemetry.frame import Alert


class AlertList:
    """The current alerts of a Node."""

    def __init__(self) -> None:
        self._rows: dict[str, Alert] = {}

    def raise_(self, code: str, severity: str, sentence: str) -> None:
        """Show an alert (severity: info, warning, error)."""
        known = self._rows.get(code)
        since = known.since if known is not None else time.time()
        self._rows[code] = Alert(code=code, severity=severity, sentence=sentence, since=since)

    def lower(self, code: str) -> None:
        """The trouble is over."""
        self._rows.pop(code, None)

    def rows(self) -> list[Alert]:
        """All current alerts, oldest first."""
        return list(self._rows.values())
