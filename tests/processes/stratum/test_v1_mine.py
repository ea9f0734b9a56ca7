"""The real command with Scrypt at each of the three kinds of Stratum V1 pool: accepted shares, and laws that hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.errors import ExitCode
from tests.processes.stratum.pool_runs import START_S, said
from tests.support.mine import mining
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import Verdict
from tests.support.pools.v1 import presets
from tests.support.pools.v1.behaviour import V1Behaviour
from tests.support.pools.v1.pool import V1TestPool
from tests.support.prepared_home import prepared_home
from tests.support.v1_session_miner import WALLET

EASY = {"difficulty": 0.006, "largest_difficulty": 0.006}  # 393 hashes a share
SECONDS, SOAK_SECONDS = 6, 120
LEAST_SHARES = 3
# The others with --soak; test_v1_sessions.py has sessions with all kinds in every run.
KINDS = [
    presets.CKPOOL,
    *(pytest.param(row, marks=pytest.mark.soak) for row in presets.PRESETS.values() if row is not presets.CKPOOL),
]
each_kind = pytest.mark.parametrize("behaviour", KINDS, ids=lambda row: row.name)


def words_for(pool: V1TestPool, profile: str) -> tuple[str, ...]:
    """The options of a run on one core."""
    core = str(min(os.sched_getaffinity(0)))
    who = ("--coin", "LTC", "--wallet", WALLET, "--worker", "rig1", "--pool", pool.url, "--pool-profile", profile)
    return (*who, "--cores", core, "--no-web")


@pytest.mark.parametrize(
    "seconds", [SECONDS, pytest.param(SOAK_SECONDS, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
@each_kind
def test_the_command_mines_scrypt_at_every_kind_of_pool(
    behaviour: V1Behaviour, seconds: int, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    with V1TestPool.start(behaviour.but(**EASY), job_s=3.0, block_s=8.0) as pool:
        words = (*words_for(pool, behaviour.name), "--duration", str(seconds))
        with mining(tmp_path, *words, self_test=prepared_home()) as run:
            assert run.wait_end(seconds + START_S) == 0, run.story()
        summary, story = run.summary, f"{pool.story()}\n{run.story()}"
        assert pool.violations == [] and len(pool.logins) == 1, story
        assert summary["rejected"] == summary["lost"] == summary["invalid"] == 0, story
        assert summary["candidates"] == summary["stale_before_check"] + summary["found"], story
        assert summary["found"] == summary["accepted"] + summary["stale"], story
        late = len(pool.shares_of(Verdict.STALE, Verdict.UNKNOWN_JOB))
        assert summary["accepted"] >= max(LEAST_SHARES, len(pool.credited)) - late, story
        assert run.frame["session"]["difficulty"] == pytest.approx(0.006), "as the pool counts it"
        share = run.of_kind("share")[-1]
        assert share["difficulty"] == pytest.approx(0.006 * 65537, rel=0.01), "hashes, for every statistic"
        measured(f"{behaviour.name}: {summary['accepted']} shares accepted, {summary['stale']} late")


def test_the_command_loses_its_pool_and_comes_back(tmp_path: Path) -> None:
    with (
        V1TestPool.start(presets.CKPOOL.but(**EASY), job_s=3.0) as pool,
        mining(tmp_path, *words_for(pool, "ckpool"), self_test=prepared_home()) as run,
    ):
        pool.wait_for(lambda pool: pool.accepted >= 2, START_S)
        pool.inject(FaultKind.RESTART, seconds=0.3)
        before = pool.accepted
        pool.wait_for(lambda pool: pool.accepted >= before + 2, START_S)
        summary = run.stop()
        assert summary["found"] == sum(summary[end] for end in ("accepted", "rejected", "stale", "lost")), run.story()
        assert summary["reauths"] >= 1 and pool.violations == [], run.story()


@each_kind
def test_check_login_says_what_the_pool_gave(behaviour: V1Behaviour, tmp_path: Path) -> None:
    with V1TestPool.start(behaviour.but(**EASY)) as pool:
        done = said(tmp_path, *words_for(pool, behaviour.name), "--check-login")
        assert len(pool.logins) == 1 and pool.violations == [], pool.story()
    assert done.returncode == ExitCode.DONE, done
    assert f"127.0.0.1:{pool.port} accepts LT2KVa…eA: scrypt job" in done.stdout and "difficulty 0.006" in done.stdout
