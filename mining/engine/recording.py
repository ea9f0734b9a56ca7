"""What the runner expects of whoever keeps what it sees. The engine knows no rows; `mine` brings the recorder along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol


class RunRecorder(Protocol):
    """Lives beside the runner's loop and never holds it up."""

    def start(self, say: Callable[[str, str], None]) -> None:
        """Begin. `say(level, sentence)` may be called from any thread."""

    def frame(self, event: Mapping[str, object]) -> None:
        """Take a frame event; returns at once."""

    def stop(self, timeout_s: float) -> bool:
        """Keep what is left, for at most `timeout_s`; False when some of it waits for the next start."""


class NoRecorder:
    """Keeps nothing."""

    def start(self, say: Callable[[str, str], None]) -> None:
        """Nothing begins."""

    def frame(self, event: Mapping[str, object]) -> None:
        """Nothing is kept."""

    def stop(self, timeout_s: float) -> bool:
        """Nothing is left."""
        return True
