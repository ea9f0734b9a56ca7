"""The newest Frame and events of one Node far away, by this console's clock: the same as `FrameFeed` for who shows it.

A Frame is kept as it came and decoded when somebody looks, so that a thousand Nodes cost little while nobody does.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import msgspec

from minerconsole.feed import EVENT_KINDS, KEPT_EVENTS, FeedListener, KeptEvent, Snapshot
from mining.fleet.gist import Gist, gist_of
from mining.telemetry.frame import Frame


class FarFeed:
    """One Node's. `age_s` of everything is what it was when the broker gave it to us, and the time since."""

    def __init__(self, ulid: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.ulid = ulid
        self._clock = clock
        self._data = b""
        self._received_at = 0.0
        self._frame: Frame | None = None
        self._gist: Gist | None = None
        self._epoch = ""
        self._is_linked = False
        self._events: deque[KeptEvent] = deque(maxlen=KEPT_EVENTS)
        self._serial = 0
        self._listeners: list[FeedListener] = []
        self.unreadable_frames = 0

    @property
    def is_linked(self) -> bool:
        """Whether the broker answers us and the Node has not said goodbye."""
        return self._is_linked

    @property
    def is_watched(self) -> bool:
        """Whether anybody is told of news."""
        return bool(self._listeners)

    @property
    def events(self) -> tuple[KeptEvent, ...]:
        """The newest events, oldest first."""
        return tuple(self._events)

    @property
    def age_s(self) -> float | None:
        """Seconds since the newest Frame; None when there never was one."""
        return None if not self._data else max(0.0, self._clock() - self._received_at)

    def subscribe(self, listener: FeedListener) -> None:
        """Tell `listener` of everything from now on."""
        self._listeners.append(listener)

    def newest(self) -> Snapshot | None:
        """Return the newest Frame with its age, or None when none has come yet."""
        if self._frame is None and self._data:
            self._frame = self._decoded(self._data)
        age_s = self.age_s
        if self._frame is None or age_s is None:
            return None
        return Snapshot(self._frame, age_s, self._is_linked)

    def gist(self) -> Gist | None:
        """Return what sums and lists need of the newest Frame."""
        if self._gist is None and self._data:
            self._gist = gist_of(self._data)
        return self._gist

    def take_frame(self, data: bytes, age_s: float) -> None:
        """Keep a Frame, as JSON, that reached the broker `age_s` ago. One that is not this Node's is counted only."""
        gist = gist_of(data)
        if gist is None or gist.node_id != self.ulid:
            self.unreadable_frames += 1
            return
        is_new_stream = gist.epoch != self._epoch
        self._data, self._frame, self._gist, self._epoch = data, None, gist, gist.epoch
        self._received_at = self._clock() - max(0.0, age_s)
        self.link(True)
        for listener in self._listeners:
            listener.frame_came(is_new_stream=is_new_stream)

    def take_event(self, data: bytes, *, is_told: bool = True) -> None:
        """Keep an event, as JSON."""
        try:
            kind = msgspec.json.decode(data, type=dict).get("event")
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        if not isinstance(kind, str) or kind not in EVENT_KINDS:
            return
        self._serial += 1
        kept = KeptEvent(self._serial, data)
        self._events.append(kept)
        for listener in self._listeners if is_told else ():
            listener.event_came(kept)

    def take_events_anew(self, events: list[bytes]) -> None:
        """Somebody begins to watch: these are the newest ones, oldest first."""
        self._events.clear()
        for data in events:
            self.take_event(data, is_told=False)

    def link(self, is_linked: bool) -> None:
        """The broker went away or came back, or the Node said goodbye."""
        if is_linked == self._is_linked:
            return
        self._is_linked = is_linked
        for listener in self._listeners:
            listener.link_changed()

    def _decoded(self, data: bytes) -> Frame | None:
        try:
            frame = msgspec.json.decode(data, type=Frame)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self.unreadable_frames += 1
            return None
        return frame if frame.v == 1 else None
