"""What can go wrong with a pool, each alone: mining comes back by itself, with nothing a pool would ban for."""

from __future__ import annotations

import pytest

from mining.engine.jobs import OutcomeKind
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.faults import Fault, FaultKind
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

FAULTS = (
    Fault(FaultKind.FORGET, seconds=0.0),
    Fault(FaultKind.DROP_REPLIES, seconds=3.0),
    Fault(FaultKind.LATE_REPLIES, seconds=2.0, delay_s=0.8),
    Fault(FaultKind.UNAUTHENTICATED_ONCE),
    Fault(FaultKind.RESTART, seconds=0.5),
    Fault(FaultKind.DUPLICATE_JOB),
    Fault(FaultKind.EMPTY_JOB),
    Fault(FaultKind.ID_ZERO, seconds=1.0),
    Fault(FaultKind.SPLIT, seconds=2.0),
    Fault(FaultKind.GLUE, seconds=2.0),
    Fault(FaultKind.HALF_OPEN),
    Fault(FaultKind.VANISH),
    Fault(FaultKind.BAN, seconds=4.0),  # the next share has to come meanwhile
    Fault(FaultKind.VARDIFF, number=8),
    Fault(FaultKind.OTHER_ALGORITHM, seconds=0.5, text="cn/r"),
    Fault(FaultKind.FLOOD, number=3 << 20),
)
HARMLESS = (
    FaultKind.LATE_REPLIES,
    FaultKind.DUPLICATE_JOB,
    FaultKind.EMPTY_JOB,
    FaultKind.SPLIT,
    FaultKind.GLUE,
    FaultKind.VARDIFF,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind.name.lower())
async def test_mining_goes_on_after(fault: Fault) -> None:
    behaviour = _pool_for(fault)
    with TestPool.start(behaviour.but(difficulty=3, largest_difficulty=3), job_s=1.0, block_s=3.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile=behaviour.name)) as miner:
            await miner.until(lambda: miner.accepted >= 2)
            sessions, before = len(pool.logins), miner.accepted
            pool.inject(fault.kind, seconds=fault.seconds, delay_s=fault.delay_s, text=fault.text, number=fault.number)
            await miner.until(lambda: pool.is_quiet and miner.accepted >= before + 3)
        assert pool.violations == [], pool.story()
        rejected = [each.outcome.reason for each in miner.outcomes(OutcomeKind.REJECTED)]
        assert rejected == (["banned"] if fault.kind is FaultKind.BAN else []), miner.story()
        if fault.kind in HARMLESS:
            assert len(pool.logins) == sessions, "nothing to log in again for"
            lost = [each.outcome.reason for each in miner.outcomes(OutcomeKind.LOST)]
            assert set(lost) <= {"cancelled"}, miner.story()
        elif fault.kind not in (FaultKind.ID_ZERO, FaultKind.DROP_REPLIES):
            assert miner.causes, "the cause has a name"


def _pool_for(fault: Fault) -> Behaviour:
    """Snipa, the commonest kind; a kind that names the algorithm of its jobs where that matters."""
    return presets.MONEROOCEAN if fault.kind is FaultKind.OTHER_ALGORITHM else presets.SNIPA
