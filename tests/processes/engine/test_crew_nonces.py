"""Every nonce once: with each hash a candidate, what workers report shows each nonce that was really hashed."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter as Count
from pathlib import Path

from tests.support.crew import LightCrew, light_crew

KILLS = 6
MOST_LOST_PER_KILL = 2  # the input in flight, and one whose cursor was stored already


def usable_cores() -> tuple[int, ...]:
    return tuple(sorted(os.sched_getaffinity(0)))[:2]


def nonces_of(light: LightCrew, generation: int) -> list[int]:
    return [nonce for _, number, nonce, _ in light.candidates if number == generation]


async def test_killed_workers_repeat_no_nonce_and_skip_at_most_two(self_tested_home: Path) -> None:
    rng = random.Random(7)
    async with light_crew(self_tested_home, usable_cores()) as light:
        light.give_job(chunk=16)
        await light.until_reported(4)
        for number in range(KILLS):
            slot = light.crew.slots[number % len(light.crew.slots)]
            await light.until_reported(rng.randint(1, 9))
            killed = slot.pid
            os.kill(killed, signal.SIGKILL)
            await light.until_replaced(slot, killed)
        await light.until_reported(40)
        assert await light.crew.settle()
        hashes, restarts = light.crew.hashes, light.crew.restarts
    nonces = nonces_of(light, 1)
    assert [nonce for nonce, times in Count(nonces).items() if times > 1] == []
    assert restarts == KILLS
    assert hashes - KILLS <= len(nonces) <= hashes, "a kill between counting and reporting may cost one candidate"
    assert gaps_of(nonces, 16) <= KILLS * MOST_LOST_PER_KILL


async def test_a_new_job_repeats_no_nonce_of_an_old_one_and_loses_none(self_tested_home: Path) -> None:
    async with light_crew(self_tested_home, usable_cores()) as light:
        for _ in range(5):
            light.give_job(chunk=8)
            await light.until_reported(12)
        assert await light.crew.settle()
        assert len(light.candidates) == light.crew.hashes, "everything that was counted was reported"
    keys = Count((generation, nonce) for _, generation, nonce, _ in light.candidates)
    assert set(keys.values()) == {1}
    for generation in range(1, 6):
        assert gaps_of(nonces_of(light, generation), 8) == 0


def gaps_of(nonces: list[int], chunk: int) -> int:
    """Nonces missing below the highest one of each chunk."""
    highest: dict[int, int] = {}
    for nonce in nonces:
        highest[nonce // chunk] = max(nonce, highest.get(nonce // chunk, 0))
    return sum(top - lease * chunk + 1 for lease, top in highest.items()) - len(nonces)


async def test_a_used_up_nonce_space_ends_the_work_and_never_wraps(self_tested_home: Path) -> None:
    async with light_crew(self_tested_home, usable_cores()) as light:
        light.give_job(chunk=4, count=48)
        await light.until(lambda: len(light.candidates) == 48, 60, "all nonces of the space")
        assert light.grants is not None and not light.grants.top_up(), "a fresh job is asked for"
        assert await light.crew.settle()
        assert light.crew.hashes == 48
    assert sorted(nonces_of(light, 1)) == list(range(48))
