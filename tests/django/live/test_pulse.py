"""One timer for all sockets: it runs while there are any, and one that fails stops no other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from minerconsole.live.pulse import Pulse

PATIENCE_S = 10.0


def _never() -> None:
    pytest.fail("no beat failed")


@pytest.fixture
def quick(settings: Any) -> None:
    """Pulses that come at once."""
    settings.LIVE_TICK_S = 0.01


@pytest.mark.usefixtures("quick")
async def test_all_are_called_and_one_that_fails_is_told_so_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pulse, beats = Pulse(), asyncio.Queue[str]()

    def fails() -> None:
        beats.put_nowait("failing")
        raise ValueError("of a test")

    pulse.join(fails, lambda: beats.put_nowait("failed"))
    pulse.join(lambda: beats.put_nowait("good"), lambda: beats.put_nowait("never"))
    async with asyncio.timeout(PATIENCE_S):
        heard = [await beats.get() for _ in range(6)]
    assert heard == ["failing", "failed", "good", "good", "good", "good"]
    assert "of a test" in caplog.text


@pytest.mark.usefixtures("quick")
async def test_the_timer_ends_with_the_last_and_begins_anew_with_the_next() -> None:
    pulse, beats = Pulse(), asyncio.Queue[int]()
    tasks = len(asyncio.all_tasks())
    for _ in range(2):
        for number in (1, 2):
            pulse.join(beat := (lambda number=number: beats.put_nowait(number)), _never)
            async with asyncio.timeout(PATIENCE_S):
                assert await beats.get() == number
            assert len(asyncio.all_tasks()) == tasks + 1
            pulse.leave(beat)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == tasks
