"""The newest Frame of this computer's Node and its age by our own clock. One slot: memory never grows.

Reads the control socket's `watch` stream and sends nothing but that request. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mining.engine import control
from mining.errors import MinerConsoleError
from mining.telemetry.frame import Frame

BACKOFF_FIRST_S = 0.25
BACKOFF_MOST_S = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A Frame as received `age_s` ago. `is_linked`: whether the miner is connected to us at this moment."""

    frame: Frame
    age_s: float
    is_linked: bool


class FrameFeed:
    """Holds the newest Frame; `follow` fills it."""

    def __init__(self, home: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._frame: Frame | None = None
        self._received_at = 0.0
        self._is_linked = False
        self.unreadable_frames = 0

    def newest(self) -> Snapshot | None:
        """Return the newest Frame with its age, or None when none has come yet."""
        if self._frame is None:
            return None
        return Snapshot(self._frame, max(0.0, self._clock() - self._received_at), self._is_linked)

    def take(self, event: dict[str, object]) -> None:
        """Keep the event if it is a Frame we understand; one we do not is counted and shown as age."""
        if event.get("event") != "frame":
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
        self._frame, self._received_at, self._is_linked = frame, self._clock(), True

    async def follow(self) -> None:
        """Keep up with the miner, across its restarts, until it says goodbye."""
        wait_s = BACKOFF_FIRST_S
        while True:
            with contextlib.suppress(MinerConsoleError, OSError, ValueError):
                async for event in control.watch(self._home):
                    wait_s = BACKOFF_FIRST_S
                    if event.get("event") == "bye":
                        self._is_linked = False
                        return
                    self.take(event)
            self._is_linked = False
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, BACKOFF_MOST_S)
