"""Random sequences of faults, repeatable by their seed: mining comes back by itself each time, nothing valid is lost.

A share may go without credit only in a session that a fault had struck, or when the pool replaced its job while it was
on the wire; every other one is credited exactly once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pytest

from mining.engine.jobs import OutcomeKind
from mining.stratum.cryptonote.nonces import nonce_hex
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.faults import RANDOM_FAULTS, Fault, FaultKind, random_schedule
from tests.support.pools.pool import TestPool
from tests.support.pools.records import ConnectionRecord, Verdict
from tests.support.session_miner import FAST_TIMERS, Ended, SessionMiner, plan_for

FAULTS_EACH = 6
GAP_S = (0.3, 2.0)
AT_ONCE = 3
SEEDS = 50
BACK_S = 40.0
SHARES_AFTERWARDS = 3
CROSSING_S = 0.25
ROUND_S = 0.5  # our own deadlines are held four times a second

HARMLESS = frozenset(
    {
        FaultKind.LATE_REPLIES,
        FaultKind.DUPLICATE_JOB,
        FaultKind.EMPTY_JOB,
        FaultKind.SPLIT,
        FaultKind.GLUE,
        FaultKind.VARDIFF,
        FaultKind.UNAUTHENTICATED_ONCE,  # it strikes with its answer, which the pool has written down
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
    slowest_return_s: float


def seeds(first: int) -> range:
    """The seeds that run at the same time."""
    return range(first, min(first + AT_ONCE, SEEDS))


BATCHES = [
    pytest.param(first, marks=[pytest.mark.soak] if first else [], id=f"seeds {first} to {seeds(first)[-1]}")
    for first in range(0, SEEDS, AT_ONCE)
]


@pytest.mark.parametrize("first", BATCHES)
async def test_no_sequence_of_faults_costs_a_share_of_a_live_session(
    first: int, measured: Callable[[str], None]
) -> None:
    accounts = await asyncio.gather(*(live_through(seed) for seed in seeds(first)))
    credited, without = sum(each.credited for each in accounts), sum(each.without_credit for each in accounts)
    slowest_s = max(each.slowest_return_s for each in accounts)
    measured(
        f"{len(accounts) * FAULTS_EACH} faults, {sum(each.sessions for each in accounts)} sessions, "
        f"{credited} shares credited, {without} without credit in struck sessions, "
        f"back to accepted shares {slowest_s:.1f} s after the last fault at the latest"
    )


async def live_through(seed: int) -> Account:
    """Play the sequence of a seed against one of the nine kinds of pool, and hold what must hold."""
    behaviour = tuple(presets.PRESETS.values())[seed % len(presets.PRESETS)]
    pool = await asyncio.to_thread(
        TestPool.start, behaviour.but(difficulty=3, largest_difficulty=3), job_s=1.0, block_s=3.0
    )
    try:
        async with SessionMiner(plan_for(pool.url, profile=behaviour.name)) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            struck = await play(pool, seed, faults_for(behaviour))
            last, before = time.monotonic(), miner.accepted
            await miner.until(lambda: pool.is_quiet and miner.accepted >= before + SHARES_AFTERWARDS, BACK_S)
            came_back_s = time.monotonic() - last
            story = f"seed {seed}, {[each.fault.kind.name for each in struck]}; {miner.story()}; {pool.story()}"
            assert pool.violations == [], story
            assert miner.error is None, story
            return account(pool, miner, struck, came_back_s, story)
    finally:
        await asyncio.to_thread(pool.stop)


def faults_for(behaviour: Behaviour) -> tuple[Fault, ...]:
    """All of them; a change of algorithm only where the pool's jobs name it."""
    is_named = behaviour.shape.has_algorithm
    return tuple(fault for fault in RANDOM_FAULTS if is_named or fault.kind is not FaultKind.OTHER_ALGORITHM)


async def play(pool: TestPool, seed: int, faults: Iterable[Fault]) -> list[Struck]:
    """Let the faults of a seed happen, and return when each did."""
    began, struck = time.monotonic(), []
    for entry in random_schedule(seed, FAULTS_EACH, gap_s=GAP_S, faults=faults):
        await asyncio.sleep(max(0.0, began + entry.at_s - time.monotonic()))
        fault, now = entry.fault, time.monotonic()
        await asyncio.to_thread(
            pool.inject,
            fault.kind,
            seconds=fault.seconds,
            delay_s=fault.delay_s,
            text=fault.text,
            number=fault.number,
        )
        lasts_s = fault.seconds + FAST_TIMERS.answer_s + ROUND_S if fault.kind in PASSING else math.inf
        struck.append(Struck(fault, now, now + lasts_s))
    return struck


def account(pool: TestPool, miner: SessionMiner, struck: Sequence[Struck], came_back_s: float, story: str) -> Account:
    """Compare what the miner found with what the pool credited."""
    times = Counter((share.job_id, share.nonce) for share in pool.shares)
    twice = [key for key, count in times.items() if count > 1]
    assert not twice, f"sent twice: {twice}; {story}"
    credited = {(share.job_id, share.nonce) for share in pool.shares_of(Verdict.ACCEPTED)}
    without = [each for each in miner.ended if key_of(each) not in credited]
    assert not [each for each in without if each.outcome.kind is OutcomeKind.ACCEPTED], story
    refused_in = {share.connection for share in pool.shares_of(Verdict.UNAUTHENTICATED)}
    for each in without:
        connection = connection_of(pool, each.share.job.job_id)
        is_explained = connection.number in refused_in or is_struck(connection, each, struck)
        is_explained = is_explained or has_crossed_a_change(pool, miner, connection, each)
        assert is_explained, f"lost without need: {each.outcome}, {connection.ended}; {story}"
    return Account(len(credited), len(without), len(pool.logins), came_back_s)


def key_of(each: Ended) -> tuple[str, str]:
    """The share as the pool writes it down."""
    return each.share.job.job_id, nonce_hex(each.share.nonce)


def connection_of(pool: TestPool, job_id: str) -> ConnectionRecord:
    """The connection over which a job came."""
    wanted = f'"{job_id}"'.encode()
    return next(
        record
        for record in pool.connections
        for line in record.answers
        if b'"blob"' in line.data and wanted in line.data
    )


def has_crossed_a_change(pool: TestPool, miner: SessionMiner, connection: ConnectionRecord, each: Ended) -> bool:
    """Whether the share met a newer job on its way: that had not come here when it was found, or the pool had written
    it only a moment before the share came.

    It is noted when it was written, which with glued or split lines is after the pool had changed to it.
    """
    came = [
        share.at
        for share in pool.shares_of(Verdict.STALE, Verdict.UNKNOWN_JOB)
        if (share.job_id, share.nonce) == key_of(each)
    ]
    changes = [line.at for line in connection.answers if b'"blob"' in line.data]
    if not came:
        return False
    return not miner.knew_newer_job(each.share) or any(abs(came[0] - change) <= CROSSING_S for change in changes)


def is_struck(connection: ConnectionRecord, each: Ended, struck: Sequence[Struck]) -> bool:
    """Whether a fault that does harm had struck the session of this share before its end."""
    opened_at = connection.opened_at
    return any(
        fault.at <= each.at <= fault.until and (fault.at >= opened_at or fault.fault.kind in PASSING)
        for fault in struck
        if fault.fault.kind not in HARMLESS and opened_at <= fault.until
    )
