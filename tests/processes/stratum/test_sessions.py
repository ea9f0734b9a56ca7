"""The session against each kind of pool: only accepted shares, nothing that a pool would ban for."""

from __future__ import annotations

import pytest

from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

BEHAVIOURS = tuple(presets.PRESETS.values())


@pytest.mark.parametrize("is_named", [True, False], ids=["profile named", "unknown kind"])
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
async def test_every_kind_of_pool_accepts_every_share(behaviour: Behaviour, is_named: bool) -> None:
    profile = behaviour.name if is_named else "auto"
    with TestPool.start(behaviour.but(difficulty=4), job_s=0.7, block_s=1.9) as pool:
        async with SessionMiner(plan_for(pool.url, profile=profile)) as miner:
            await miner.until(lambda: miner.accepted >= 5)
        assert [each for each in miner.ended if each.outcome.kind.value != "accepted"][:-1] == [], miner.story()
        assert pool.violations == [], pool.story()
        assert len(pool.logins) == 1
