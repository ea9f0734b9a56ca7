"""The real command against each of the nine kinds of pool: only accepted shares, and the laws hold exactly.

Jobs and heights change while it mines. To a pool that credits only its newest job or height nothing else is sent: what
was found a moment before the change counts as stale there, one share for each change at most.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mining.stratum.profiles import SOFTWARE
from tests.processes.stratum.pool_runs import START_S, PoolRun, each_at_its_pool
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.records import Verdict

TRIOS = (
    (presets.SNIPA, presets.MONEROOCEAN, presets.ZONE),
    (presets.DVANDAL, presets.JTGRASSIE, presets.P2POOL),
    (presets.SAMMY, presets.MININGCORE, presets.XMRIG_PROXY),
)
DIFFICULTY = 12
JOB_S, BLOCK_S = 4.0, 9.0
SECONDS, SOAK_SECONDS = 11, 120  # a block and two more jobs come in the first
LEAST_SHARES = 3
# One kind in every run: others accept shares of the command in test_mine_unauthenticated.py.
SOAK = [pytest.mark.soak, pytest.mark.timeout(600)]
RUNS = [(TRIOS[1][:1], SECONDS), *(pytest.param(trio, SOAK_SECONDS, marks=SOAK) for trio in TRIOS)]


@pytest.mark.parametrize(
    ("trio", "seconds"), RUNS, ids=lambda value: value if isinstance(value, int) else value[0].name
)
def test_every_kind_of_pool_accepts_every_share_of_the_command(
    trio: tuple[Behaviour, ...],
    seconds: int,
    tmp_path: Path,
    self_tested_home: Path,
    measured: Callable[[str], None],
) -> None:
    behaviours = [each.but(difficulty=DIFFICULTY, largest_difficulty=DIFFICULTY) for each in trio]
    duration = ("--duration", str(seconds))
    with each_at_its_pool(behaviours, tmp_path, self_tested_home, *duration, job_s=JOB_S, block_s=BLOCK_S) as runs:
        for each in runs:
            assert each.run.wait_end(seconds + START_S) == 0, each.story
            check_accounts(each)
            measured(figures_of(each))


def check_accounts(each: PoolRun) -> None:
    """Hold one ended run against what its pool has written down."""
    pool, run, summary = each.pool, each.run, each.run.summary
    assert summary["accepted"] == pool.accepted >= LEAST_SHARES, each.story
    assert summary["rejected"] == summary["lost"] == summary["invalid"] == 0, each.story
    assert pool.rejected == 0, each.story
    changes = len(run.of_kind("job")) - 1
    late = summary["stale"] + summary["stale_before_check"]
    assert late <= (changes if credits_newest_only(each) else 0), each.story
    assert pool.violations == [], each.story
    assert len(pool.connections) == len(pool.logins) == 1, each.story
    assert not pool.shares_of(*set(Verdict) - {Verdict.ACCEPTED}), each.story
    session = run.frame["session"]
    assert (session["reauths"], session["failovers"], session["last_cause"]) == (0, 0, None), session


def credits_newest_only(each: PoolRun) -> bool:
    """Whether this kind of pool forgets jobs at a change that comes every few seconds here."""
    behaviour = SOFTWARE[each.pool.behaviour.name]
    return behaviour.is_clean_at_new_height or behaviour.jobs_kept == 1


def figures_of(each: PoolRun) -> str:
    """What the run came to."""
    summary, name = each.run.summary, each.pool.behaviour.name
    late = summary["stale"] + summary["stale_before_check"]
    jobs = len(each.run.of_kind("job"))
    return f"{name}: {summary['accepted']} shares accepted, {late} found too late, {jobs} jobs"
