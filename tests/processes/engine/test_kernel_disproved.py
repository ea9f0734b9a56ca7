"""A worker whose kernel reported a hash that was disproved is replaced in order: nothing is lost, nobody is blamed."""

from __future__ import annotations

import os
from pathlib import Path

from mining.engine.boards import Counter, Kernel
from tests.support.crew import light_crew


async def test_the_worker_is_replaced_and_its_core_hashes_on(self_tested_home: Path) -> None:
    core = min(os.sched_getaffinity(0))
    async with light_crew(self_tested_home, (core,)) as light:
        (slot,) = light.crew.slots
        light.give_job()
        await light.until_reported(3)
        before = slot.pid
        row = light.crew.counters.row(slot.slot)
        row[Counter.KERNEL] = Kernel.OWN  # as a worker in fast mode says
        row.release()
        light.crew.wrong_hash(core)
        await light.until_replaced(slot, before)
        await light.until_reported(3)
        assert light.crew.counters.read(slot.slot, Counter.KERNEL) != Kernel.OWN
        assert light.crew.restarts == 0 and slot.failures == 0, "it was asked to end"
    assert ["disproved" in sentence for sentence in light.told].count(True) == 1
    assert not any(state in ("failed", "quarantined") for _, state, _ in light.changes)
    nonces = [nonce for _, generation, nonce, _ in light.candidates if generation == 1]
    assert sorted(nonces) == list(range(len(nonces))), "each nonce once, none left out"
