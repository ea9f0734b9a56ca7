"""What the runner expects of whoever keeps what it sees, or tells it elsewhere. The engine knows no rows and no broker;
`mine` brings both along."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol


class RunRecorder(Protocol):
    """Lives beside the runner's loop and never holds it up."""

    def start(self, say: Callable[[str, str], None]) -> None:
        """Begin. `say(level, sentence)` may be called from any thread."""

    def frame(self, event: Mapping[str, object]) -> None:
        """Take a frame event; returns at once."""

    def event(self, event: Mapping[str, object]) -> None:
        """Take any other event; returns at once."""

    def stop(self, timeout_s: float) -> bool:
        """Keep what is left, for at most `timeout_s`; False when some of it waits for the next start."""


class NoRecorder:
    """Keeps nothing."""

    def start(self, say: Callable[[str, str], None]) -> None:
        """Nothing begins."""

    def frame(self, event: Mapping[str, object]) -> None:
        """Nothing is kept."""

    def event(self, event: Mapping[str, object]) -> None:
        """Nothing is kept."""

    def stop(self, timeout_s: float) -> bool:
        """Nothing is left."""
        return True


class Recorders:
    """Several, each of which gets everything."""

    def __init__(self, recorders: Sequence[RunRecorder]) -> None:
        self._recorders = tuple(recorders)

    def start(self, say: Callable[[str, str], None]) -> None:
        """Begin."""
        for recorder in self._recorders:
            recorder.start(say)

    def frame(self, event: Mapping[str, object]) -> None:
        """Hand it to each."""
        for recorder in self._recorders:
            recorder.frame(event)

    def event(self, event: Mapping[str, object]) -> None:
        """Hand it to each."""
        for recorder in self._recorders:
            recorder.event(event)

    def stop(self, timeout_s: float) -> bool:
        """Let one after the other finish, all within `timeout_s`; False when some of it waits for the next start."""
        deadline = time.monotonic() + timeout_s
        return all([recorder.stop(max(0.0, deadline - time.monotonic())) for recorder in self._recorders])
