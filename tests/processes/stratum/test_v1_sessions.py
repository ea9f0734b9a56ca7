"""The session against each kind of Stratum V1 pool: only accepted shares, nothing that a pool would ban for."""

from __future__ import annotations

import pytest

from mining.engine.jobs import OutcomeKind
from tests.support.pools.faults import FaultKind
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool
from tests.support.v1_session_miner import V1SessionMiner, v1_plan_for

DIFFICULTY = 0.0008  # 52 hashes a share
EASY = {"difficulty": DIFFICULTY, "largest_difficulty": DIFFICULTY}
KINDS = tuple(presets.PRESETS.values())
CASES = [(row, row.name) for row in KINDS] + [(row, "auto") for row in KINDS]
each_kind = pytest.mark.parametrize("behaviour", KINDS, ids=lambda row: row.name)


@pytest.mark.parametrize(("behaviour", "profile"), CASES, ids=lambda case: getattr(case, "name", case))
async def test_every_kind_of_pool_accepts_every_share_also_where_its_kind_is_unknown(
    behaviour: V1Behaviour, profile: str
) -> None:
    with V1TestPool.start(behaviour.but(**EASY), job_s=0.7, block_s=1.9) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile=profile)) as miner:
            await miner.until(lambda: miner.accepted >= 8 and len(pool.shares) >= 8)
        kinds = {each.outcome.kind for each in miner.ended if each.outcome.reason != "cancelled"}
        assert kinds <= {OutcomeKind.ACCEPTED, OutcomeKind.STALE} and miner.accepted >= 8, miner.story()
        assert pool.violations == [], pool.story()
        assert len(pool.logins) == 1
        keys = [(share.session_id, share.job_id, share.extranonce2, share.nonce) for share in pool.shares]
        assert len(set(keys)) == len(keys), "no share twice"
        job = miner.jobs[-1]
        assert job.pool_difficulty is not None and job.pool_difficulty == pytest.approx(DIFFICULTY)
        assert job.difficulty == pytest.approx(DIFFICULTY * 65537, rel=0.05)


@each_kind
async def test_a_job_that_is_used_up_goes_on_with_the_next_extranonce2_without_the_network(
    behaviour: V1Behaviour,
) -> None:
    with V1TestPool.start(behaviour.but(**EASY)) as pool:  # one job, for as long as it lasts
        async with V1SessionMiner(v1_plan_for(pool.url, profile=behaviour.name), nonces_each=60) as miner:
            await miner.until(lambda: len({job.extranonce2 for job in miner.jobs}) >= 4 and miner.accepted >= 3)
        assert len({job.job_id for job in miner.jobs}) == 1
        assert len({job.blob for job in miner.jobs}) == len(miner.jobs), "each value is other work"
        assert pool.violations == [] and not miner.outcomes(OutcomeKind.REJECTED), miner.story()


@each_kind
async def test_a_broken_connection_is_made_anew_and_no_share_is_credited_twice(behaviour: V1Behaviour) -> None:
    with V1TestPool.start(behaviour.but(**EASY), job_s=1.0) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile=behaviour.name)) as miner:
            await miner.until(lambda: miner.accepted >= 2)
            for _ in range(3):
                before, sessions = miner.accepted, len(pool.logins)
                pool.inject(FaultKind.VANISH)
                await miner.until(
                    lambda before=before, sessions=sessions: (  # type: ignore[misc]
                        miner.accepted >= before + 3 and len(pool.logins) > sessions
                    )
                )
        keys = [(share.session_id, share.job_id, share.extranonce2, share.nonce) for share in pool.credited]
        assert len(set(keys)) == len(keys), pool.story()
        assert pool.violations == [], pool.story()
        assert not miner.outcomes(OutcomeKind.REJECTED), miner.story()


async def test_a_resumed_session_sends_the_share_without_an_answer_once_more() -> None:
    behaviour = presets.CKPOOL.but(**EASY, is_always_clean=False)
    with V1TestPool.start(behaviour) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile="ckpool")) as miner:
            await miner.until(lambda: miner.accepted >= 2)
            pool.inject(FaultKind.DROP_REPLIES, seconds=60.0)
            await miner.until(lambda: any(not share.was_answered for share in pool.credited))  # nobody hears of it
            pool.heal()
            pool.inject(FaultKind.VANISH)
            await miner.until(lambda: any(each.outcome.reason == "already_credited" for each in miner.ended))
        already = [each for each in miner.ended if each.outcome.reason == "already_credited"]
        assert {each.outcome.kind for each in already} == {OutcomeKind.ACCEPTED}
        assert not miner.outcomes(OutcomeKind.REJECTED), miner.story()
        assert len({login.session_id for login in pool.logins}) == 1, "the pool gave the session back"
        assert pool.violations == [], pool.story()
