"""Pulse: calls each open socket every LIVE_TICK_S. One timer for all: fifty cost more than what they do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings

Call = Callable[[], None]

logger = logging.getLogger(__name__)


class Pulse:
    """Calls who is in it. Its task runs while there is anybody."""

    def __init__(self) -> None:
        self._beats: dict[Call, Call] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, beat: Call, failed: Call) -> None:
        """Call `beat` from now on; when it raises, no more, but `failed`."""
        self._beats[beat] = failed
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._tick())

    def leave(self, beat: Call) -> None:
        """Call it no more; with the last one the timer ends."""
        self._beats.pop(beat, None)
        if not self._beats and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_TICK_S)
            for beat in tuple(self._beats):
                if beat in self._beats:  # it may have left in this round
                    self._call(beat)

    def _call(self, beat: Call) -> None:
        try:
            beat()
        except Exception:
            logger.exception("The pulse of a live socket failed")
            self._beats.pop(beat)()
