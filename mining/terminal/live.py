"""The live view: one screen that is repainted when a Frame comes, and aged by `tick` when none does. No threads."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

from mining.telemetry.frame import Frame
from mining.terminal.events import Event, JobEvent, StartEvent, SummaryEvent, event_from_dict
from mining.terminal.keys import Action
from mining.terminal.layout import LogLine, Model, compose
from mining.terminal.screen import Screen
from mining.terminal.sentences import payee_sentence, sentence_of, summary_lines
from mining.terminal.text import is_utf8, to_ascii

REPAINT_WITHOUT_FRAME_S = 1.5
_PANELS = (Action.HELP, Action.CONNECTION, Action.STATUS)
_LAST_WORDS = 5


class LiveView:
    """A View on a terminal. Painted at most once a Frame, plus at once when a key or a resize changes it."""

    def __init__(
        self,
        console: Console,
        *,
        has_keys: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._console = console
        self._screen = Screen(console)
        self._monotonic = monotonic
        self._wall = wall
        self._model = Model(has_keys=has_keys)
        self._began_at = monotonic()
        self._frame_seen_at: float | None = None
        self._summary: SummaryEvent | None = None
        self._is_closed = False
        self._is_suspended = False
        self._screen.open()

    def event(self, event: dict[str, object]) -> None:
        decoded = event_from_dict(event)
        if isinstance(decoded, Frame):
            self._model.frame = decoded
            self._frame_seen_at = self._monotonic()
            self._paint()
        elif isinstance(decoded, SummaryEvent):
            self._summary = decoded
        elif decoded is not None:
            self._take(decoded)

    def tick(self, now: float) -> None:
        """Repaint when Frames are late or the window has another size; else the next Frame will."""
        is_late = self._frame_seen_at is None or now - self._frame_seen_at >= REPAINT_WITHOUT_FRAME_S
        if is_late or self._screen.has_new_size():
            self._paint()

    def act(self, action: Action) -> bool:
        """Open the panel of a key, or close it when it is open."""
        if action not in _PANELS:
            return False
        self._model.panel = Action.NONE if self._model.panel is action else action
        self._paint()
        return True

    def resized(self) -> None:
        """Repaint at once: for SIGWINCH."""
        self._paint()

    def suspend(self) -> None:
        """Give the screen back (Ctrl-Z)."""
        self._is_suspended = True
        self._screen.close()

    def resume(self) -> None:
        """Take the screen again (fg)."""
        self._is_suspended = False
        if not self._is_closed:
            self._screen.close()
            self._screen.open()
            self._paint()

    def close(self, summary: dict[str, object] | None) -> None:
        """Leave the screen; print the last warnings and the summary where the shell will keep them."""
        if self._is_closed:
            return
        if self._summary is None and summary is not None:
            self.event({**summary, "event": "summary"})
        self._is_closed = True
        self._screen.close()
        for line in self._last_lines():
            self._print(line)

    def _take(self, event: Event) -> None:
        if isinstance(event, StartEvent):
            self._model.start = event
        sentence = sentence_of(event)
        if sentence is None or isinstance(event, StartEvent | JobEvent):
            return  # both are always on the screen; the job would push everything else out of the log
        clock = time.strftime("%H:%M:%S", time.localtime(self._wall()))
        self._model.log.append(LogLine(clock, sentence.severity, f"{sentence.topic:<9}{sentence.text}"))

    def _paint(self) -> None:
        if self._is_closed or self._is_suspended:
            return
        now = self._monotonic()
        self._model.waiting_s = now - self._began_at
        self._model.frame_age_s = None if self._frame_seen_at is None else now - self._frame_seen_at
        width, height = self._screen.size()
        self._screen.paint(compose(self._model, width, height), width, height)

    def _last_lines(self) -> list[str]:
        model = self._model
        payee, coin = (model.start.payee, model.start.coin)
        if model.frame is not None:
            payee, coin = model.frame.payee, model.frame.coin
        loud = [entry for entry in model.log if entry.severity in ("warning", "error")]
        return [
            *(f"{entry.clock}  {entry.text}" for entry in loud[-_LAST_WORDS:]),
            *summary_lines(self._summary, payee_sentence(payee, coin), offline=model.is_offline),
        ]

    def _print(self, line: str) -> None:
        try:
            self._console.file.write((line if is_utf8(self._console.encoding) else to_ascii(line)) + "\n")
            self._console.file.flush()
        except (OSError, ValueError):
            return  # the terminal has gone: nobody is left to read it
