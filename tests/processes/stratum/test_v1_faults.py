"""What can go wrong with a Stratum V1 pool, each alone: mining comes back by itself, nothing a pool would ban for."""

from __future__ import annotations

import pytest
from _pytest.mark.structures import ParameterSet

from mining.engine.jobs import OutcomeKind
from tests.support.pools.faults import Fault, FaultKind
from tests.support.pools.records import Offence
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool
from tests.support.v1_session_miner import V1SessionMiner, v1_plan_for

EASY = {"difficulty": 0.0008, "largest_difficulty": 0.0008}  # 52 hashes a share
EVERY_HASH = {"difficulty": 2e-5, "largest_difficulty": 2e-5}  # about each hash is a share
FAULTS = (
    Fault(FaultKind.FORGET, seconds=0.0),
    Fault(FaultKind.DROP_REPLIES, seconds=3.0),
    Fault(FaultKind.LATE_REPLIES, seconds=2.0, delay_s=0.8),
    Fault(FaultKind.UNAUTHENTICATED_ONCE),
    Fault(FaultKind.RESTART, seconds=0.5),
    Fault(FaultKind.DUPLICATE_JOB),
    Fault(FaultKind.ID_ZERO, seconds=1.0),
    Fault(FaultKind.SPLIT, seconds=2.0),
    Fault(FaultKind.GLUE, seconds=2.0),
    Fault(FaultKind.HALF_OPEN),
    Fault(FaultKind.VANISH),
    Fault(FaultKind.BAN, seconds=1.0),
    Fault(FaultKind.VARDIFF, difficulty=0.002),
    Fault(FaultKind.SAME_JOB_VARDIFF, difficulty=0.002),
    Fault(FaultKind.SET_EXTRANONCE),
    Fault(FaultKind.SET_EXTRANONCE, text="same job"),
    Fault(FaultKind.GARBAGE_JOB),
    Fault(FaultKind.SHOW_MESSAGE, text="maintenance on Sunday"),
    Fault(FaultKind.GET_VERSION),
    Fault(FaultKind.PING),
    Fault(FaultKind.FLOOD, number=3 << 20),
)
EXPECTED = {FaultKind.BAN: {"banned"}}
HARMLESS = (
    FaultKind.LATE_REPLIES,
    FaultKind.DUPLICATE_JOB,
    FaultKind.SPLIT,
    FaultKind.GLUE,
    FaultKind.VARDIFF,
    FaultKind.SAME_JOB_VARDIFF,
    FaultKind.SET_EXTRANONCE,
    FaultKind.SHOW_MESSAGE,
    FaultKind.GET_VERSION,
    FaultKind.PING,
)


def each_at_a_kind() -> list[ParameterSet]:
    """Each fault at one kind of pool, taken by turns; at the other kinds with --soak."""
    found: list[ParameterSet] = []
    for number, fault in enumerate(FAULTS):
        name = f"{fault.kind.name.lower()}{' ' * bool(fault.text)}{fault.text}"
        for place, behaviour in enumerate(presets.PRESETS.values()):
            marks = [] if (number + place) % len(presets.PRESETS) == 0 else [pytest.mark.soak]
            found.append(pytest.param(fault, behaviour, id=f"{name}-{behaviour.name}", marks=marks))
    return found


@pytest.mark.parametrize(("fault", "behaviour"), each_at_a_kind())
async def test_mining_goes_on_after(fault: Fault, behaviour: V1Behaviour) -> None:
    with V1TestPool.start(behaviour.but(**EASY), job_s=1.0, block_s=3.0) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile=behaviour.name)) as miner:
            await miner.until(lambda: miner.accepted >= 2)
            sessions, before = len(pool.logins), miner.accepted
            pool.inject(
                fault.kind, seconds=fault.seconds, delay_s=fault.delay_s, text=fault.text, number=fault.number,
                difficulty=fault.difficulty,
            )  # fmt: skip
            await miner.until(lambda: pool.is_quiet and miner.accepted >= before + 3)
        may_cross = (
            fault.kind is FaultKind.SET_EXTRANONCE and fault.text
        )  # shares on the wire meet the other extranonce1
        crossed = {Offence.LOW_DIFFICULTY} if may_cross else set()
        assert {each.offence for each in pool.violations} <= crossed, pool.story()
        assert miner.error is None, miner.story()
        keys = [(share.session_id, share.job_id, share.extranonce2, share.nonce) for share in pool.credited]
        is_new_work = fault.kind is FaultKind.SET_EXTRANONCE  # the same job, with another extranonce1
        assert len(set(keys)) == len(keys) or is_new_work, "nothing is credited twice"
        rejected = {each.outcome.reason for each in miner.outcomes(OutcomeKind.REJECTED)}
        assert rejected <= {"low_difficulty"} if crossed else rejected <= EXPECTED.get(fault.kind, set()), miner.story()
        if fault.kind in HARMLESS:
            assert len(pool.logins) == sessions, "nothing to log in again for"
            lost = {each.outcome.reason for each in miner.outcomes(OutcomeKind.LOST)}
            assert lost <= {"cancelled"}, miner.story()


async def test_no_share_is_sent_twice_when_the_extranonce_of_a_job_changes_under_many_of_them() -> None:
    """A share on the wire meets the job's new extranonce1 and is noted under it: its nonce must not be tried again.

    A miner that begins its nonces anew for the changed bytes sends about 2 of 100 shares twice here.
    """
    with V1TestPool.start(presets.CKPOOL.but(**EVERY_HASH), job_s=3.0, block_s=9.0) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile="ckpool")) as miner:
            await miner.until(lambda: miner.accepted >= 20)
            for changes in range(1, 9):
                pool.inject(FaultKind.SET_EXTRANONCE, text="same job")
                await miner.until(lambda changes=changes: miner.accepted >= 20 + 60 * changes)  # type: ignore[misc]
        offences = [each.offence for each in pool.violations]
        assert Offence.DUPLICATE_SHARE not in offences, pool.story()


async def test_a_message_of_the_pool_is_shown_and_is_over_with_its_session() -> None:
    with V1TestPool.start(presets.NSP.but(**EASY), job_s=1.0) as pool:
        async with V1SessionMiner(v1_plan_for(pool.url, profile="nsp")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            assert miner.source.notice() is None
            pool.inject(FaultKind.SHOW_MESSAGE, text="maintenance on Sunday")
            await miner.until(lambda: "maintenance on Sunday" in (miner.source.notice() or ""))
            pool.inject(FaultKind.VANISH)
            await miner.until(lambda: miner.source.notice() is None)


async def test_a_pool_moves_us_within_its_host_make_before_break() -> None:
    with (
        V1TestPool.start(presets.YIIMP.but(**EASY), job_s=1.0) as first,
        V1TestPool.start(presets.YIIMP.but(**EASY), job_s=1.0) as second,
    ):
        async with V1SessionMiner(v1_plan_for(first.url, profile="yiimp")) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            first.inject(FaultKind.RECONNECT, text="127.0.0.1", number=second.port)
            await miner.until(lambda: second.accepted >= 2)
            assert miner.source.endpoint == f"127.0.0.1:{second.port}"
        assert not miner.outcomes(OutcomeKind.REJECTED) and first.violations == second.violations == []
