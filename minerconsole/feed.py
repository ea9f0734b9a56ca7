"""The newest Frame of this computer's Node, its age by our own clock, and the newest events. Memory never grows.

Reads the control socket's `watch` stream and sends nothing but that request. Always reads: whoever shows the figures
takes them from here in their own time, so that nobody slow is felt by the miner. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from mining.engine import control
from mining.errors import MinerConsoleError
from mining.telemetry.frame import Frame

BACKOFF_FIRST_S = 0.25
BACKOFF_MOST_S = 1.0
KEPT_EVENTS = 200
# Jobs are not among them: the Frame tells the present one, and with short block times they would push out the rest.
EVENT_KINDS = frozenset({"share", "session", "worker", "algorithm", "plan", "log"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A Frame as received `age_s` ago. `is_linked`: whether the miner is connected to us at this moment."""

    frame: Frame
    age_s: float
    is_linked: bool


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as `mine --json` prints it, encoded once. `serial` counts up by one in this process."""

    serial: int
    line: bytes


class FeedListener(Protocol):
    """Who is told at once. None of it may wait."""

    def frame_came(self, *, is_new_stream: bool) -> None:
        """The newest Frame is another one. `is_new_stream`: another Supervisor, or we were away for a while."""

    def event_came(self, event: KeptEvent) -> None:
        """Something happened. Events that a new connection repeats are not told, only kept."""

    def link_changed(self) -> None:
        """The miner went away or came back."""


class Feed(Protocol):
    """What whoever shows a Node takes from, wherever the Node is."""

    @property
    def is_linked(self) -> bool:
        """Whether the Node can be heard at this moment."""

    @property
    def events(self) -> tuple[KeptEvent, ...]:
        """The newest events, oldest first."""

    def newest(self) -> Snapshot | None:
        """Return the newest Frame with its age, or None when none has come yet."""

    def subscribe(self, listener: FeedListener) -> None:
        """Tell `listener` of everything from now on."""


class FrameFeed:
    """Holds the newest Frame and events; `follow` fills it."""

    def __init__(self, home: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._frame: Frame | None = None
        self._received_at = 0.0
        self._is_linked = False
        self._is_catching_up = True
        self._events: deque[KeptEvent] = deque(maxlen=KEPT_EVENTS)
        self._serial = 0
        self._listeners: list[FeedListener] = []
        self._encoder = msgspec.json.Encoder()
        self.unreadable_frames = 0

    @property
    def is_linked(self) -> bool:
        """Whether the miner is connected to us at this moment and has sent a Frame since it is."""
        return self._is_linked

    @property
    def events(self) -> tuple[KeptEvent, ...]:
        """The newest events, oldest first."""
        return tuple(self._events)

    def subscribe(self, listener: FeedListener) -> None:
        """Tell `listener` of everything from now on."""
        self._listeners.append(listener)

    def newest(self) -> Snapshot | None:
        """Return the newest Frame with its age, or None when none has come yet."""
        if self._frame is None:
            return None
        return Snapshot(self._frame, max(0.0, self._clock() - self._received_at), self._is_linked)

    def take(self, event: dict[str, object]) -> None:
        """Keep what we understand; a Frame that we do not is counted and shown as age."""
        kind = event.get("event")
        if kind in EVENT_KINDS:
            self._take_event(event)
        if kind != "frame":
            return
        try:
            frame = msgspec.convert(event, Frame)
        except msgspec.ValidationError:
            self.unreadable_frames += 1
            return
        if frame.v == 1:
            self.take_frame(frame)
        else:
            self.unreadable_frames += 1

    def take_frame(self, frame: Frame) -> None:
        """Keep `frame` as received now."""
        is_new_stream = self._is_catching_up or self._frame is None or self._frame.epoch != frame.epoch
        self._is_catching_up = False
        self._frame, self._received_at = frame, self._clock()
        self._set_link(True)
        for listener in self._listeners:
            listener.frame_came(is_new_stream=is_new_stream)

    def begin(self) -> None:
        """A connection begins: it repeats the miner's last events, up to its first Frame."""
        self._events.clear()
        self._is_catching_up = True

    def lose(self) -> None:
        """The connection has ended."""
        self._set_link(False)

    async def follow(self) -> None:
        """Keep up with the miner, across its restarts, until it says goodbye."""
        wait_s = BACKOFF_FIRST_S
        while True:
            with contextlib.suppress(MinerConsoleError, OSError, ValueError):
                is_first = True
                async for event in control.watch(self._home):
                    wait_s = BACKOFF_FIRST_S
                    if is_first:
                        self.begin()
                        is_first = False
                    if event.get("event") == "bye":
                        self.lose()
                        return
                    self.take(event)
            self.lose()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, BACKOFF_MOST_S)

    def _take_event(self, event: dict[str, object]) -> None:
        self._serial += 1
        kept = KeptEvent(self._serial, self._encoder.encode(event))
        self._events.append(kept)
        if self._is_catching_up:
            return
        for listener in self._listeners:
            listener.event_came(kept)

    def _set_link(self, is_linked: bool) -> None:
        if is_linked == self._is_linked:
            return
        self._is_linked = is_linked
        for listener in self._listeners:
            listener.link_changed()
