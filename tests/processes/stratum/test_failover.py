"""Two pools: a warm standby takes over at once, and the first pool gets the work back after a quiet period."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from mining.engine.jobs import Link, OutcomeKind
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.session_miner import FAST_TIMERS, SessionMiner, plan_for

EASY = {"difficulty": 2, "largest_difficulty": 2}


async def test_a_killed_primary_is_replaced_by_the_standby_within_a_second_and_gets_the_work_back(
    measured: Callable[[str], None],
) -> None:
    with (
        TestPool.start(presets.SNIPA.but(**EASY), job_s=1.0) as first,
        TestPool.start(presets.MONEROOCEAN.but(**EASY), job_s=1.0) as second,
    ):
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: miner.accepted >= 2 and miner.source.facts.standby is not None)
            assert second.accepted == 0, "a standby is logged in and not mined for"
            port = f"127.0.0.1:{second.port}"
            first.go_down()
            went_down = time.monotonic()
            await miner.until(lambda: miner.job is not None and miner.source.endpoint == port, 3.0)
            took_s = time.monotonic() - went_down
            measured(f"the standby is hashed for {took_s * 1000:.0f} ms after the primary's end")
            assert took_s <= 1.0
            before = second.accepted
            await miner.until(lambda: second.accepted >= before + 2)
            assert miner.source.facts.failovers == 1
            assert f"127.0.0.1:{first.port}" in (miner.source.facts.last_cause or "")
            first.come_back()
            back = time.monotonic()
            await miner.until(lambda: miner.source.endpoint == f"127.0.0.1:{first.port}")
            assert time.monotonic() - back >= FAST_TIMERS.quiet_s, "only after a quiet period"
            before = first.accepted
            await miner.until(lambda: first.accepted >= before + 2 and miner.source.facts.standby == port)
        assert not miner.outcomes(OutcomeKind.REJECTED), miner.story()
        assert first.violations == [] and second.violations == [], first.story() + second.story()


async def test_a_first_pool_that_is_away_at_the_start_does_not_keep_us_from_mining() -> None:
    with (
        TestPool.start(presets.SNIPA.but(**EASY)) as first,
        TestPool.start(presets.JTGRASSIE.but(**EASY)) as second,
    ):
        first.inject(FaultKind.SILENT, seconds=60.0)
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: second.accepted >= 1)
            first.heal()
            await miner.until(lambda: first.accepted >= 1)


async def test_a_pool_that_refuses_every_share_is_left_for_the_next() -> None:
    with (
        TestPool.start(presets.JTGRASSIE.but(**EASY)) as first,
        TestPool.start(presets.JTGRASSIE.but(**EASY)) as second,
    ):
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: first.accepted >= 1)
            while second.accepted == 0:
                first.inject(FaultKind.UNAUTHENTICATED_ONCE, text="we do not like this share")
                refused = len(miner.outcomes(OutcomeKind.REJECTED))
                await miner.until(partial(_goes_on, miner, second, refused))
            causes = " ".join(miner.causes)
            assert "refused 6 shares in a row" in causes and "we do not like this share" in causes


def _goes_on(miner: SessionMiner, second: TestPool, refused: int) -> bool:
    return len(miner.outcomes(OutcomeKind.REJECTED)) > refused or second.accepted > 0


async def test_a_standby_with_a_job_of_another_algorithm_is_not_hashed_for() -> None:
    with (
        TestPool.start(presets.JTGRASSIE.but(**EASY), job_s=1.0) as first,
        TestPool.start(presets.MONEROOCEAN.but(**EASY)) as second,
    ):
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: miner.accepted >= 1 and miner.source.facts.standby is not None)
            second.inject(FaultKind.OTHER_ALGORITHM, seconds=60.0, text="cn/r")
            await miner.until(lambda: miner.source.facts.standby is None)
            await miner.until(lambda: miner.accepted == first.accepted)  # but for an answer on its way
            assert second.accepted == 0
            assert all(job.algorithm == "rx/0" for job in miner.jobs)


async def test_a_daemon_free_start_tells_why_it_waits_and_goes_on_by_itself() -> None:
    with TestPool.start(presets.XMRIG_PROXY.but(**EASY)) as pool:
        pool.go_down()
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: any(news.link is Link.DOWN for news in miner.news))
            assert "refused the connection" in miner.causes[0]
            pool.come_back()
            await miner.until(lambda: miner.accepted >= 1)
