"""Recorder: the thread. It never holds up the runner, and no trouble of the database ends it.

Frames come in from the runner's loop and wait in a bounded queue; what it cannot hold is dropped and counted. The
journal is read by the thread itself. When the database is locked, gone, full or read-only it tries again with a growing
pause, and says so in one sentence when it begins and one when it is over.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import msgspec
from django.db import connection

from mining.telemetry.frame import Frame
from mining.telemetry.history import History
from mining.telemetry.recorder.database import ConsoleDatabase
from mining.telemetry.recorder.troubles import Say, TroubleLog, trouble_of
from mining.telemetry.recorder.waiting_plans import WaitingPlans
from mining.telemetry.recorder.writing import Writing
from mining.telemetry.sampling import FrameSampler

SAMPLES_EVERY_S = 10.0
MOST_FRAMES = 120
_POLL_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
DELETED = (
    "The console's database was deleted. A new one was made; the shares that the journal still holds are recorded again"
)


class Recorder:
    """For one home. `start`, then `frame` for every frame event, then `stop`; all three return soon."""

    def __init__(self, home: Path, *, samples_every_s: float = SAMPLES_EVERY_S) -> None:
        self._database = ConsoleDatabase(home)
        self._writing = Writing(home)
        self._waiting_plans = WaitingPlans()
        self._history = History()
        self._sampler = FrameSampler()
        self._frames: deque[Mapping[str, object]] = deque()
        self._dropped = 0
        self._unreadable = 0
        self._told_dropped = 0
        self._samples_every_s = samples_every_s
        self._sampled_at = time.monotonic()
        self._say: Say = lambda level, sentence: None
        self._log = TroubleLog(lambda level, sentence: self._say(level, sentence))
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._give_up_at = float("inf")
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self, say: Say) -> None:
        """Begin. `say(level, sentence)` is called from the thread."""
        self._say = say
        self._thread.start()

    def frame(self, event: Mapping[str, object]) -> None:
        """Take a frame event; the oldest one that waits is dropped when there are too many."""
        if len(self._frames) >= MOST_FRAMES:
            with contextlib.suppress(IndexError):  # the thread has just taken them
                self._frames.popleft()
                self._dropped += 1
        self._frames.append(event)

    def event(self, event: Mapping[str, object]) -> None:
        """Nothing: what is no Frame is read from the journal."""

    def stop(self, timeout_s: float) -> bool:
        """Record what is left, for at most `timeout_s`; False when the rest stays in the journal for the next start."""
        self._give_up_at = time.monotonic() + timeout_s
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout_s)
        self._database.end_migration()
        return not self._thread.is_alive() and not self._log.has_trouble

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        try:
            while True:
                is_last = self._closing.is_set()
                if not self._step_safely(is_last):
                    if time.monotonic() + pause_s >= self._give_up_at:
                        return
                    self._wait(_FIRST_PAUSE_S if is_last else pause_s)
                    pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
                    continue
                pause_s = _FIRST_PAUSE_S
                if is_last:
                    return
                self._wake.wait(_POLL_S)
                self._wake.clear()
        finally:
            connection.close()

    def _wait(self, seconds: float) -> None:
        """Wait, or less when the end comes."""
        if self._closing.is_set():
            time.sleep(seconds)
        else:
            self._closing.wait(seconds)

    def _step_safely(self, is_last: bool) -> bool:
        """Everything that is to be done now; False when something stood in the way."""
        try:
            self._take_frames()
            self.step(is_last=is_last)
        except Exception as error:  # whatever it is: mining and this thread go on, and a person is told
            self._writing.forget()
            self._database.close()
            self._log.met(trouble_of(error), time.monotonic())
            return False
        self._log.over(time.monotonic())
        return True

    def step(self, *, is_last: bool = False) -> None:
        """Record all lines there are, and the samples when they are due. Raises what stands in the way."""
        self._ensure_database()
        while (lines := self._writing.record_piece()) is not None:
            self._log.recorded(lines)
            self._ensure_database()
        if not is_last:
            self._waiting_plans.step(self._writing.node)
        if is_last or time.monotonic() - self._sampled_at >= self._samples_every_s:
            self._record_samples()

    def _ensure_database(self) -> None:
        if not self._database.ensure():
            return
        self._writing.forget()
        if self._database.was_deleted:
            self._database.was_deleted = False
            self._history.rows_were_lost()
            self._say("warning", DELETED)

    def _record_samples(self) -> None:
        dropped = self._dropped + self._unreadable
        self._writing.record_history(self._history, dropped - self._told_dropped, time.time())
        self._told_dropped = dropped
        self._sampled_at = time.monotonic()

    def _take_frames(self) -> None:
        while True:
            try:
                frame = msgspec.convert(self._frames.popleft(), Frame)
            except IndexError:
                return
            except msgspec.ValidationError:
                self._unreadable += 1
                continue
            self._waiting_plans.seen(frame.epoch)
            if (seen := self._sampler.observe(frame)) is not None:
                self._history.add(seen)
