"""The pace of a Node: rounds four times a second, a sample and a Frame each second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_ROUND_S = 0.25
_ROUNDS_PER_FRAME = 4
_SLEPT_S = 5.0


async def keep_pace(take_round: Callable[[], None], show: Callable[[], None]) -> None:
    """Call both until cancelled, or until one of them raises. Rounds that a sleeping machine missed are not made up."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    rounds = 0
    while True:
        take_round()
        if rounds % _ROUNDS_PER_FRAME == 0:
            show()
        rounds += 1
        due += _ROUND_S
        delay = due - loop.time()
        if delay < -_SLEPT_S:
            due, delay = loop.time(), 0.0
        await asyncio.sleep(max(0.0, delay))
