"""The session against each kind of pool: only accepted shares, nothing that a pool would ban for."""

from __future__ import annotations

import pytest

from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

UNKNOWN = ("snipa", "dvandal", "p2pool")
CASES = [(row, row.name) for row in presets.PRESETS.values()] + [(presets.PRESETS[key], "auto") for key in UNKNOWN]


@pytest.mark.parametrize(("behaviour", "profile"), CASES, ids=lambda case: getattr(case, "name", case))
async def test_every_kind_of_pool_accepts_every_share_also_where_its_kind_is_unknown(
    behaviour: Behaviour, profile: str
) -> None:
    with TestPool.start(behaviour.but(difficulty=3, largest_difficulty=3), job_s=0.7, block_s=1.9) as pool:
        async with SessionMiner(plan_for(pool.url, profile=profile)) as miner:
            await miner.until(lambda: miner.accepted >= 5)
        kinds = {each.outcome.kind.value for each in miner.ended if each.outcome.reason != "cancelled"}
        may_cross = {"stale"} if behaviour.templates_kept == 1 else set()  # a new height while it was on the wire
        assert {"accepted"} <= kinds <= {"accepted"} | may_cross, miner.story()
        assert pool.violations == [], pool.story()
        assert len(pool.logins) == 1
