"""`--plain`, pipes and the log file: one dated line for each thing that happens, and a rate line now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from mining.telemetry.frame import Frame
from mining.terminal.events import Event, StartEvent, SummaryEvent, event_from_dict
from mining.terminal.figures import format_age
from mining.terminal.keys import KEY_HELP, Action
from mining.terminal.sentences import (
    OFFLINE_BANNER,
    Sentence,
    payee_sentence,
    rate_sentence,
    sentence_of,
    summary_lines,
)
from mining.terminal.status import connection_lines, status_lines
from mining.terminal.text import clean
from mining.terminal.view import LineWriter, OutputClosedError

RATE_INTERVAL_S = 10.0
SILENCE_S = 10.0
_LOUD = {"warning": "WARNING ", "error": "ERROR "}
_QUIET_TOPICS = {"share", "link"}  # their outcome is the first word already


class PlainView:
    """Human lines through `write`. Changes are written once: state, alerts (come and gone), link, workers, shares."""

    def __init__(
        self,
        write: LineWriter,
        *,
        rate_interval_s: float = RATE_INTERVAL_S,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._write = write
        self._rate_interval_s = rate_interval_s
        self._monotonic = monotonic
        self._wall = wall
        self._start = StartEvent()
        self._frame: Frame | None = None
        self._frame_seen_at: float | None = None
        self._rate_shown_at: float | None = None
        self._silence_shown_at: float | None = None
        self._payee = ""
        self._summary: SummaryEvent | None = None

    def event(self, event: dict[str, object]) -> None:
        decoded = event_from_dict(event)
        if isinstance(decoded, Frame):
            self._take_frame(decoded)
        elif isinstance(decoded, SummaryEvent):
            self._summary = decoded
        elif decoded is not None:
            self._take_event(decoded)

    def tick(self, now: float) -> None:
        """Say when the engine has been silent for a while, then once a minute."""
        if self._frame_seen_at is None or now - self._frame_seen_at < SILENCE_S:
            return
        if self._silence_shown_at is None or now - self._silence_shown_at >= 60:
            self._silence_shown_at = now
            self._say(Sentence("engine", "warning", f"no news for {format_age(now - self._frame_seen_at)}"))

    def act(self, action: Action) -> bool:
        """Write the help, the status block or the connection block."""
        if action is Action.HELP:
            for key, meaning in KEY_HELP:
                self._write(f"  {key}  {meaning}")
            return True
        if action not in (Action.STATUS, Action.CONNECTION):
            return False
        lines = status_lines if action is Action.STATUS else connection_lines
        for line in lines(self._frame) if self._frame is not None else ["The engine has not reported yet."]:
            self._write(line)
        return True

    def close(self, summary: dict[str, object] | None) -> None:
        if self._summary is None and summary is not None:
            self.event({**summary, "event": "summary"})
        payee = self._payee or payee_sentence(None, self._start.coin)
        with contextlib.suppress(OutputClosedError):
            for line in summary_lines(self._summary, payee, offline=self._is_offline()):
                self._write(line)

    def _is_offline(self) -> bool:
        return self._frame.offline if self._frame is not None else self._start.offline

    def _take_event(self, event: Event) -> None:
        if isinstance(event, StartEvent):
            self._start = event
            self._show_payee(payee_sentence(event.payee, event.coin), offline=event.offline)
        sentence = sentence_of(event)
        if sentence is not None:
            self._say(sentence)

    def _show_payee(self, payee: str, *, offline: bool) -> None:
        if payee == self._payee:
            return
        self._payee = payee
        self._say(Sentence("payee", "info", payee))
        if offline:
            self._say(Sentence("payee", "info", OFFLINE_BANNER))

    def _take_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        now = self._frame_seen_at = self._monotonic()
        if self._silence_shown_at is not None:
            self._silence_shown_at = None
            self._say(Sentence("engine", "info", "reports again"))
        self._show_payee(payee_sentence(frame.payee, frame.coin), offline=frame.offline)
        self._show_changes(before, frame)
        if self._rate_shown_at is None:
            self._rate_shown_at = now  # the first line comes after one interval, when there is something to tell
        elif now - self._rate_shown_at >= self._rate_interval_s:
            self._rate_shown_at = now
            self._say(rate_sentence(frame))

    def _show_changes(self, before: Frame | None, frame: Frame) -> None:
        if before is None or (before.state, before.state_reason) != (frame.state, frame.state_reason):
            reason = f": {frame.state_reason}" if frame.state_reason else ""
            severity = "error" if frame.state == "failed" else "info"
            self._say(Sentence("state", severity, clean(f"{frame.state}{reason}")))
        old = {alert.code: alert for alert in before.alerts} if before is not None else {}
        new = {alert.code: alert for alert in frame.alerts}
        for code in new.keys() - old.keys():
            self._say(Sentence("alert", new[code].severity, clean(new[code].sentence)))
        for code in old.keys() - new.keys():
            self._say(Sentence("alert", "info", clean(f"over: {old[code].sentence}")))

    def _say(self, sentence: Sentence) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self._wall()))
        loud = "" if sentence.topic in _QUIET_TOPICS else _LOUD.get(sentence.severity, "")
        self._write(f"{stamp}  {sentence.topic:<9}  {loud}{sentence.text}")
