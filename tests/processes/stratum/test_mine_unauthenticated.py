"""A pool forgets a good login while the command mines: hashing goes on, and a new session on a new connection follows.

Each kind of pool answers the next share in its own words, and closes the connection where it does so. The times are
the pool's own: from that answer to the new session's job, and from a find under the new session to its arrival.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from mining.home import log_file
from tests.processes.stratum.pool_runs import START_S, PoolRun, each_at_its_pool
from tests.support.pools import presets
from tests.support.pools.behaviour import Behaviour
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import ConnectionRecord, ShareRecord, Verdict

TRIOS = (
    (presets.SNIPA, presets.MONEROOCEAN, presets.ZONE),
    (presets.DVANDAL, presets.JTGRASSIE, presets.P2POOL),
    (presets.SAMMY, presets.MININGCORE, presets.XMRIG_PROXY),
)
SOME_TRIOS = (
    TRIOS[0],
    *(pytest.param(trio, marks=pytest.mark.soak) for trio in TRIOS[1:]),
)  # the other kinds with --soak
DIFFICULTY = 12
NEW_SESSION_S = 2.0
SHARE_S = 60.0
AT_ONCE_S = 0.5


@pytest.mark.parametrize("trio", SOME_TRIOS, ids=lambda trio: " ".join(each.name for each in trio))
def test_hashing_goes_on_while_a_forgotten_session_is_made_anew(
    trio: tuple[Behaviour, ...], tmp_path: Path, self_tested_home: Path, measured: Callable[[str], None]
) -> None:
    behaviours = [each.but(difficulty=DIFFICULTY, largest_difficulty=DIFFICULTY) for each in trio]
    with each_at_its_pool(behaviours, tmp_path, self_tested_home) as runs:
        for each in runs:
            each.run.wait_event("share", outcome="accepted", timeout_s=START_S)
        marks = [each.run.mark for each in runs]
        for each in runs:
            each.pool.inject(FaultKind.FORGET, seconds=0.0)
        for each, mark in zip(runs, marks, strict=True):
            check_return(each, mark, measured)
    for each in runs:
        assert each.run.summary["reauths"] == 1, each.story
        assert each.pool.violations == [], each.story
        assert len(each.pool.logins) == 2, each.story


def check_return(each: PoolRun, mark: int, measured: Callable[[str], None]) -> None:
    """Follow one miner from the refused share to an accepted one of the next session."""
    pool, run = each.pool, each.run
    pool.wait_for(lambda pool: bool(credited_in(pool.connections, pool.shares)), SHARE_S)
    refused = pool.shares_of(Verdict.UNAUTHENTICATED)[0]
    text = pool.behaviour.texts.unauthenticated
    first, second = pool.connections
    assert refused.connection == first.number
    back_s = second.answers[0].at - refused.at
    share = credited_in([first, second], pool.shares)[0]
    measured(f"{pool.behaviour.name}: {back_s * 1000:.0f} ms from {text!r} to the job of the new session")
    assert back_s <= NEW_SESSION_S, each.story
    nonce = int.from_bytes(bytes.fromhex(share.nonce), "little")
    told = run.wait_event("share", since=mark, nonce=nonce, job=share.job_id, timeout_s=SHARE_S)
    assert told["outcome"] == "accepted"
    assert share.at - told["found_at"] <= NEW_SESSION_S, each.story
    run.wait_event("session", since=mark, link="ready")
    links = [(event["link"], event["cause"]) for event in run.of_kind("session", mark)]
    cause = links[0][1]
    assert links == [("login", cause), ("ready", None)], each.story
    assert repr(text) in cause and f"127.0.0.1:{pool.port}" in cause
    frame = run.wait_frame(lambda frame: frame["session"]["reauths"] == 1)
    assert frame["session"]["last_cause"] == cause and frame["session"]["link"] == "ready"
    assert cause in log_file(run.home).read_text()
    check_hashing_went_on(each, mark)


def credited_in(connections: list[ConnectionRecord], shares: list[ShareRecord]) -> list[ShareRecord]:
    """The accepted shares of the second connection."""
    if len(connections) < 2:
        return []
    return [each for each in shares if each.verdict is Verdict.ACCEPTED and each.connection == connections[1].number]


def check_hashing_went_on(each: PoolRun, mark: int) -> None:
    """No frame since then shows anything but mining, and each has more hashes than the one before, unless it came at
    once after that one: a Supervisor that had to wait for the processor makes its rounds up."""
    frames = each.run.of_kind("frame", mark)
    assert {frame["state"] for frame in frames} == {"mining"}, each.story
    counts = [(frame["at"], sum(row["hashes"] for row in frame["cores"])) for frame in frames]
    pairs = [(later, earlier) for (before, earlier), (at, later) in pairwise(counts) if at - before > AT_ONCE_S]
    assert all(later > earlier for later, earlier in pairs), counts
