"""A worker that is stopped or hangs gives no heartbeat: it is ended and replaced, the others go on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.crew import light_crew


async def test_a_stopped_worker_is_killed_and_replaced(self_tested_home: Path) -> None:
    cores = tuple(sorted(os.sched_getaffinity(0)))[:2]
    async with light_crew(self_tested_home, cores, silence_s=3.0) as light:
        light.give_job()
        await light.until_reported(4)
        slot, *others = light.crew.slots
        stuck, others_before = slot.pid, [other.pid for other in others]
        os.kill(stuck, signal.SIGSTOP)
        await light.until_replaced(slot, stuck)
        goal = len([row for row in light.candidates if row[0] == slot.core]) + 2
        await light.until(
            lambda: len([row for row in light.candidates if row[0] == slot.core]) >= goal, 60, "its core hashes again"
        )
        assert [other.pid for other in others] == others_before, "nobody else was touched"
        assert slot.last_exit in ("SIGTERM", "SIGKILL")
    assert any(f"core {slot.core} gives no sign of life" in sentence for sentence in light.told)
    keys = [(generation, nonce) for _, generation, nonce, _ in light.candidates]
    assert len(keys) == len(set(keys))


@pytest.mark.soak
async def test_a_paused_worker_is_not_taken_for_a_stuck_one(self_tested_home: Path) -> None:
    cores = tuple(sorted(os.sched_getaffinity(0)))[:1]
    async with light_crew(self_tested_home, cores, silence_s=2.0) as light:
        light.give_job()
        await light.until_reported(2)
        pid = light.crew.slots[0].pid
        light.crew.set_intensity(0)
        end = time.monotonic() + 4.5
        await light.until(lambda: time.monotonic() > end, 60, "time passes")
        assert light.crew.slots[0].pid == pid
        light.crew.set_intensity(100)
        await light.until_reported(3)
