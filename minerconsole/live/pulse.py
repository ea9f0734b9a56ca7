"""Pulse: calls each open socket every LIVE_TICK_S. One timer for all: fifty cost more than what they do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings

Beat = Callable[[], None]

logger = logging.getLogger(__name__)


class Pulse:
    """Calls who is in it. Its task runs while there is anybody."""

    def __init__(self) -> None:
        self._beats: set[Beat] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, beat: Beat) -> None:
        """Call `beat` from now on."""
        self._beats.add(beat)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._tick())

    def leave(self, beat: Beat) -> None:
        """Call it no more; with the last one the timer ends."""
        self._beats.discard(beat)
        if not self._beats and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_TICK_S)
            for beat in tuple(self._beats):
                _call(beat)


def _call(beat: Beat) -> None:
    """One that fails is no reason to forget the others."""
    try:
        beat()
    except Exception:
        logger.exception("The pulse of a live socket failed")
