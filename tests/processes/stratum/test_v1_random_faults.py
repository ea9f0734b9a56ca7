"""Random sequences of faults at Stratum V1 pools, repeatable by their seed: mining comes back, nothing valid is lost.

A share may go without credit only in a session that a fault had struck, or when the pool replaced its job while it was
on the wire; every other one is credited exactly once. Only in a resumed session may a share be sent a second time.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import OutcomeKind
from tests.support.pools.faults import Fault, FaultKind, random_schedule
from tests.support.pools.records import ConnectionRecord, ShareRecord, Verdict
from tests.support.pools.v1 import presets
from tests.support.pools.v1.mischief import RANDOM_V1_FAULTS
from tests.support.pools.v1.pool import V1TestPool
from tests.support.session_miner import FAST_TIMERS, Ended
from tests.support.v1_session_miner import V1SessionMiner, v1_plan_for

FAULTS_EACH = 6
GAP_S = (0.3, 2.0)
AT_ONCE = 3
SEEDS = 50
BACK_S = 40.0
SHARES_AFTERWARDS = 3
CROSSING_S = 0.25
ROUND_S = 0.5  # our own deadlines are held four times a second
DIFFICULTY = 0.0008  # 52 hashes a share

HARMFUL = frozenset(
    {
        FaultKind.FORGET,
        FaultKind.RESTART,
        FaultKind.HALF_OPEN,
        FaultKind.VANISH,
        FaultKind.BAN,
        FaultKind.FLOOD,
        FaultKind.DELAYED_LOGIN_ERROR,
        FaultKind.GARBAGE_JOB,  # a job that cannot be read is answered with a new session
        FaultKind.EMPTY_JOB,
    }
)
PASSING = frozenset({FaultKind.DROP_REPLIES, FaultKind.ID_ZERO, FaultKind.SILENT})
"""What a session survives: a share is at risk until our deadline for its answer is over."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that came at `at`; until `until` it explains that a share of a session of this time has no credit."""

    fault: Fault
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Account:
    """What came of one sequence."""

    credited: int
    without_credit: int
    sessions: int
    sent_again: int
    slowest_return_s: float


def seeds(first: int) -> range:
    """The seeds that run at the same time."""
    return range(first, min(first + AT_ONCE, SEEDS))


BATCHES = [
    pytest.param(first, marks=[pytest.mark.soak] if first else [], id=f"seeds {first} to {seeds(first)[-1]}")
    for first in range(0, SEEDS, AT_ONCE)
]


@pytest.mark.parametrize("first", BATCHES)
async def test_no_sequence_of_faults_costs_a_share_of_a_live_v1_session(
    first: int, measured: Callable[[str], None]
) -> None:
    accounts = await asyncio.gather(*(live_through(seed) for seed in seeds(first)))
    measured(
        f"{len(accounts) * FAULTS_EACH} faults, {sum(each.sessions for each in accounts)} sessions, "
        f"{sum(each.credited for each in accounts)} shares credited, "
        f"{sum(each.without_credit for each in accounts)} without credit in struck sessions, "
        f"{sum(each.sent_again for each in accounts)} sent again in resumed ones, "
        f"back to accepted shares {max(each.slowest_return_s for each in accounts):.1f} s after the last fault at most"
    )


async def live_through(seed: int) -> Account:
    """Play the sequence of a seed against one of the three kinds of pool, and hold what must hold."""
    behaviour = tuple(presets.PRESETS.values())[seed % len(presets.PRESETS)]
    pool = await asyncio.to_thread(V1TestPool.start, behaviour.but(difficulty=DIFFICULTY), job_s=1.0, block_s=3.0)
    try:
        async with V1SessionMiner(v1_plan_for(pool.url, profile=behaviour.name)) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            struck = await play(pool, seed)
            last, before = time.monotonic(), miner.accepted
            await miner.until(lambda: pool.is_quiet and miner.accepted >= before + SHARES_AFTERWARDS, BACK_S)
            came_back_s = time.monotonic() - last
            story = f"seed {seed}, {[each.fault.kind.name for each in struck]}; {miner.story()}; {pool.story()}"
            assert pool.violations == [], story
            assert miner.error is None, story
            return account(pool, miner, struck, came_back_s, story)
    finally:
        await asyncio.to_thread(pool.stop)


async def play(pool: V1TestPool, seed: int) -> list[Struck]:
    """Let the faults of a seed happen, and return when each did."""
    began, struck = time.monotonic(), []
    for entry in random_schedule(seed, FAULTS_EACH, gap_s=GAP_S, faults=RANDOM_V1_FAULTS):
        await asyncio.sleep(max(0.0, began + entry.at_s - time.monotonic()))
        fault, now = entry.fault, time.monotonic()
        await asyncio.to_thread(
            pool.inject,
            fault.kind,
            seconds=fault.seconds,
            delay_s=fault.delay_s,
            text=fault.text,
            number=fault.number,
            difficulty=fault.difficulty,
        )
        lasts_s = fault.seconds + FAST_TIMERS.answer_s + ROUND_S if fault.kind in PASSING else math.inf
        struck.append(Struck(fault, now, now + lasts_s))
    return struck


def account(
    pool: V1TestPool, miner: V1SessionMiner, struck: Sequence[Struck], came_back_s: float, story: str
) -> Account:
    """Compare what the miner found with what the pool credited."""
    came = Counter(record_key(share) for share in pool.shares)
    times = Counter(record_key(share) for share in pool.credited)
    assert not [key for key, count in times.items() if count > 1], story
    praised = {record_key(share) for share in pool.shares if share.was_praised}
    already = {record_key(share) for share in pool.shares_of(Verdict.DUPLICATE)} & times.keys()
    without = [each for each in miner.ended if key_of(each) not in times]
    accepted = {key_of(each) for each in miner.ended if each.outcome.kind is OutcomeKind.ACCEPTED}
    assert accepted <= praised | already, story
    refused_in = {share.connection for share in pool.shares_of(Verdict.UNAUTHENTICATED)}
    for each in without:
        connections = connections_of(pool, each.share.job.job_id)
        is_explained = any(
            connection.number in refused_in or is_struck(connection, each, struck) for connection in connections
        )
        is_explained = is_explained or has_crossed_a_change(pool, miner, each, connections)
        assert is_explained, f"lost without need: {each.outcome}, {[c.ended for c in connections]}; {story}"
    sent_again = sum(count - 1 for count in came.values())
    return Account(len(times), len(without), len(pool.logins), sent_again, came_back_s)


def key_of(each: Ended) -> bytes:
    """What was hashed: the pool rebuilt it from the submit."""
    return with_nonce(each.share.job, each.share.nonce)


def record_key(share: ShareRecord) -> bytes:
    """The same of the pool's record."""
    assert share.header, share
    return share.header


def connections_of(pool: V1TestPool, job_id: str) -> list[ConnectionRecord]:
    """The connections over which a job came."""
    wanted = f'"params":["{job_id}"'.encode()
    return [record for record in pool.connections if any(wanted in line.data for line in record.answers)]


def has_crossed_a_change(
    pool: V1TestPool, miner: V1SessionMiner, each: Ended, connections: Sequence[ConnectionRecord]
) -> bool:
    """Whether a newer job came while the share was checked or on its way, so that it was late here or at the pool.

    The pool writes it down when it was written, which with glued or split lines is after it held.
    """
    late = pool.shares_of(Verdict.STALE, Verdict.UNKNOWN_JOB)
    came = [share.at for share in late if record_key(share) == key_of(each)]
    if not came and each.outcome.kind is not OutcomeKind.STALE:
        return False
    if not miner.knew_newer_job(each.share):
        return True
    end = came[0] if came else each.at
    changes = [line.at for one in connections for line in one.answers if b'"mining.notify","params"' in line.data]
    return any(each.share.found_at - CROSSING_S <= change <= end + CROSSING_S for change in changes)


def is_struck(connection: ConnectionRecord, each: Ended, struck: Sequence[Struck]) -> bool:
    """Whether a fault that does harm had struck the session of this share before its end."""
    opened_at = connection.opened_at
    return any(
        fault.at <= each.at <= fault.until and (fault.at >= opened_at or fault.fault.kind in PASSING)
        for fault in struck
        if fault.fault.kind in HARMFUL | PASSING and opened_at <= fault.until
    )
