"""EventHub: the Supervisor's events to everyone who watches (runner, web), without ever waiting for a slow reader.

Events are numbered and the last ones kept, so that who connects late misses nothing of the start. A watcher has one
slot for the newest frame and a bounded queue for everything else; a reader that falls behind skips frames first.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

import msgspec

BACKLOG = 500
_QUEUE = 2000

Event = dict[str, object]


class Watcher:
    """One reader's mailbox."""

    def __init__(self, backlog: list[bytes], frame: bytes | None, behind_frame: int = 0) -> None:
        self._lines: deque[bytes] = deque(backlog, maxlen=_QUEUE)
        self._frame = frame
        self._behind_frame = behind_frame  # lines told after the frame: it is delivered before them
        self._news = asyncio.Event()
        self._news.set()
        self.is_ended = False

    def put(self, line: bytes, *, is_frame: bool) -> None:
        """Store a line; a frame replaces an unread one."""
        if is_frame:
            self._frame, self._behind_frame = line, 0
        else:
            self._lines.append(line)
            self._behind_frame += 1
        self._news.set()

    def end(self) -> None:
        """No more will come."""
        self.is_ended = True
        self._news.set()

    async def take(self) -> list[bytes]:
        """Wait for news and return all of it; empty when the hub has ended."""
        while not self._lines and self._frame is None:
            if self.is_ended:
                return []
            self._news.clear()
            await self._news.wait()
        lines = list(self._lines)
        self._lines.clear()
        if self._frame is not None:
            lines.insert(max(0, len(lines) - self._behind_frame), self._frame)
            self._frame = None
        self._behind_frame = 0
        return lines


class EventHub:
    """Fan-out of encoded lines."""

    def __init__(self) -> None:
        self._backlog: deque[bytes] = deque(maxlen=BACKLOG)
        self._frame: bytes | None = None
        self._start: bytes | None = None
        self._behind_frame = 0
        self._watchers: set[Watcher] = set()
        self._listeners: list[Callable[[str, bytes], None]] = []
        self._is_ended = False
        self._encoder = msgspec.json.Encoder()

    def emit(self, kind: str, **fields: object) -> None:
        """Send one event to every watcher, with the time of day: `at`, Unix seconds."""
        line = self._encoder.encode({"event": kind, "at": round(time.time(), 3), **fields}) + b"\n"
        if kind == "start":
            self._start = line
        else:
            self._backlog.append(line)
        self._behind_frame += 1
        for listener in self._listeners:
            listener(kind, line)
        for watcher in self._watchers:
            watcher.put(line, is_frame=False)

    def subscribe(self, listener: Callable[[str, bytes], None]) -> None:
        """Call `listener` with the kind and the line of every event but frames, none left out; it must not wait."""
        self._listeners.append(listener)

    def emit_frame(self, frame: msgspec.Struct) -> None:
        """Send the newest Frame; it is not kept beyond the next one."""
        encoded = self._encoder.encode(frame)
        self._frame = b'{"event":"frame",' + encoded[1:] + b"\n"
        self._behind_frame = 0
        for watcher in self._watchers:
            watcher.put(self._frame, is_frame=True)

    @property
    def frame_line(self) -> bytes | None:
        """The newest frame event as a line."""
        return self._frame

    def watch(self) -> Watcher:
        """Open a mailbox that begins with what was kept."""
        start = [] if self._start is None else [self._start]
        watcher = Watcher([*start, *self._backlog], self._frame, self._behind_frame)
        self._watchers.add(watcher)
        if self._is_ended:
            watcher.end()
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        """Close a mailbox."""
        self._watchers.discard(watcher)

    def end(self) -> None:
        """Tell all watchers that this was all; each reads what is left first."""
        self._is_ended = True
        for watcher in self._watchers:
            watcher.end()
