"""Memory in doubt is computed anew by a new Host, under the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.crew import SEED, light_crew


@pytest.mark.soak
async def test_a_forced_preparation_has_a_new_host_compute_the_cache_again(self_tested_home: Path) -> None:
    async with light_crew(self_tested_home, (0,)) as light:
        light.give_job()
        await light.until_reported(3)
        before = {nonce: result for _, _, nonce, result in light.candidates}
        host, epoch = light.crew.pids["host"], light.crew.epoch
        await light.crew.prepare(SEED)
        assert light.crew.pids["host"] == host, "without force nothing is done twice"
        await light.crew.prepare(SEED, is_forced=True)
        assert light.crew.pids["host"] not in (0, host)
        assert light.crew.epoch == epoch + 1
        light.candidates.clear()
        light.give_job()
        await light.until_reported(3)
        again = {nonce: result for _, _, nonce, result in light.candidates}
        assert all(again[nonce] == before[nonce] for nonce in before.keys() & again.keys())
        assert before.keys() & again.keys()
