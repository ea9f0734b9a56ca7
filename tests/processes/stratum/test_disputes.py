"""A pool that computes other hashes than we do, again and again: the memory is in doubt, not only the session."""

from __future__ import annotations

from functools import partial

from mining.engine.jobs import OutcomeKind
from mining.engine.session.health import REAUTHS
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

LOW = "Low difficulty share"


async def test_three_shares_in_a_row_of_low_difficulty_put_the_memory_in_doubt_and_make_a_new_session() -> None:
    with TestPool.start(presets.SNIPA.but(difficulty=2, largest_difficulty=2), job_s=1.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile="snipa")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            refusals = 0
            while not miner.disputes and refusals < 100:  # a share that comes between two of them is accepted
                pool.inject(FaultKind.UNAUTHENTICATED_ONCE, text=LOW)
                await miner.until(partial(_has_more, miner, refusals))
                refusals = len(miner.outcomes(OutcomeKind.REJECTED))
            assert refusals >= 3, "one or two may be the pool's fault"
            assert LOW in miner.disputes[0]
            before = miner.accepted
            await miner.until(lambda: miner.accepted >= before + 2 and miner.source.facts.reauths >= 1)
        assert pool.violations == [], pool.story()


def _has_more(miner: SessionMiner, refusals: int) -> bool:
    return len(miner.outcomes(OutcomeKind.REJECTED)) > refusals


async def test_a_single_share_of_low_difficulty_changes_nothing() -> None:
    with TestPool.start(presets.SNIPA.but(difficulty=2, largest_difficulty=2), job_s=1.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile="snipa")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            pool.inject(FaultKind.UNAUTHENTICATED_ONCE, text=LOW)
            await miner.until(lambda: len(miner.outcomes(OutcomeKind.REJECTED)) == 1)
            before = miner.accepted
            await miner.until(lambda: miner.accepted >= before + 3)
            assert miner.disputes == [] and miner.source.facts.reauths == 0
        assert len(pool.logins) == 1


async def test_a_difficulty_far_too_hard_for_us_is_answered_by_a_login_that_asks_for_less() -> None:
    with TestPool.start(presets.SNIPA.but(difficulty=2, largest_difficulty=3), job_s=30.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile="snipa")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            pool.inject(FaultKind.VARDIFF, number=100_000)
            await miner.until(lambda: len(pool.logins) == 2)
            before = miner.accepted
            await miner.until(lambda: miner.accepted >= before + 2)
            assert any("too hard" in cause for cause in miner.causes)
        assert pool.violations == [], pool.story()


async def test_a_pool_that_gets_too_many_shares_is_asked_for_a_higher_difficulty() -> None:
    with TestPool.start(presets.SNIPA.but(difficulty=2, largest_difficulty=8), job_s=30.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile="snipa")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            pool.inject(
                FaultKind.UNAUTHENTICATED_ONCE, text="Throttled down share submission (please increase difficulty)"
            )
            await miner.until(lambda: len(pool.logins) == 2)
            asked = [int(login.login.partition("+")[2]) for login in pool.logins]
            assert asked[1] == 2 * asked[0]
            before = miner.accepted
            await miner.until(lambda: miner.accepted >= before + 2)
        assert pool.violations == [], pool.story()


async def test_an_endpoint_whose_sessions_break_again_and_again_is_left_for_the_other_one() -> None:
    easy = {"difficulty": 2, "largest_difficulty": 2}
    with (
        TestPool.start(presets.SNIPA.but(**easy), job_s=1.0) as first,
        TestPool.start(presets.JTGRASSIE.but(**easy), job_s=1.0) as second,
    ):
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: miner.accepted >= 1 and miner.source.facts.standby is not None)
            for _ in range(REAUTHS):
                first.inject(FaultKind.FORGET, seconds=0.0)
                sessions = len(first.logins)
                await miner.until(partial(_has_logged_in_or_left, first, second, sessions))
                if second.accepted:
                    break
            await miner.until(lambda: second.accepted >= 1)


def _has_logged_in_or_left(first: TestPool, second: TestPool, sessions: int) -> bool:
    return len(first.logins) > sessions or second.accepted > 0
