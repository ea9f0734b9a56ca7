"""What the runner feeds: the View protocol, several views at once, and the error of a reader that went away."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from mining.errors import MinerConsoleError
from mining.terminal.keys import Action
from mining.terminal.text import is_utf8, to_ascii

LineWriter = Callable[[str], None]


class OutputClosedError(MinerConsoleError):
    """Nobody reads our output any more (`… | head`): there is nothing left to mine visibly for."""

    default_code = "output_closed"


class View(Protocol):
    """One way to show a running Node. Called from one thread; never blocks on anything but its own output."""

    def event(self, event: dict[str, object]) -> None:
        """Show one event. Raises OutputClosedError once, when the reader has gone; later events are dropped."""

    def tick(self, now: float) -> None:
        """Called each second with monotonic seconds, also when no event comes: shows the age of the last news."""

    def act(self, action: Action) -> bool:
        """Show what a key asked for (help, connection, status). False when the key is not for the view."""

    def close(self, summary: dict[str, object] | None) -> None:
        """Show the summary, unless its event was shown already, and give the terminal back. Never raises for a
        reader that has gone."""


class TeeView:
    """Several views as one, in order: a screen and the log file, for example."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = tuple(views)

    def event(self, event: dict[str, object]) -> None:
        """Every view gets the event, also when the reader of an earlier one has gone."""
        gone: OutputClosedError | None = None
        for view in self._views:
            try:
                view.event(event)
            except OutputClosedError as error:
                gone = error
        if gone is not None:
            raise gone

    def tick(self, now: float) -> None:
        for view in self._views:
            view.tick(now)

    def act(self, action: Action) -> bool:
        """The first view that shows it is enough."""
        return any(view.act(action) for view in self._views)

    def close(self, summary: dict[str, object] | None) -> None:
        for view in self._views:
            with contextlib.suppress(OutputClosedError):
                view.close(summary)


class StreamLines:
    """A LineWriter over a text stream: one line a call, flushed, in the stream's encoding (ASCII when not UTF-8)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_utf8 = is_utf8(getattr(stream, "encoding", None))
        self._is_closed = False

    def __call__(self, line: str) -> None:
        if self._is_closed:
            return
        try:
            self._stream.write((line if self._is_utf8 else to_ascii(line)) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                return  # redirected into a file on a full disk: the line is lost, mining is not
            self._is_closed = True
            _point_at_nothing(self._stream)
            raise OutputClosedError("Nobody reads the output any more", next_step="Mining stops.") from error


def _point_at_nothing(stream: TextIO) -> None:
    """Point the stream's descriptor at /dev/null, so that the interpreter's last flush finds a reader."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
    except (OSError, ValueError):
        return
