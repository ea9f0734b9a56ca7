"""NiceHash mode end to end: the byte of the nonce that belongs to the server comes back as it was sent."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from mining.stratum.cryptonote.nonces import FIXED_BYTE_OFFSET, NICEHASH_NONCES
from tests.processes.stratum.pool_runs import START_S, words_for
from tests.support.mine import mining
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

EASY = {"difficulty": 6, "largest_difficulty": 6}
SHARES = 4
SHARE_S = 60.0
ALL = presets.XMRIG_PROXY.extensions
WITHOUT = ("algo", "connect", "keepalive")


def byte_of(nonce: str) -> int:
    """The server's byte of a nonce as it stands in a submit."""
    return bytes.fromhex(nonce)[3]


def has_shares(pool: TestPool, *, connection: int) -> bool:
    """Whether a connection has brought enough of them."""
    return sum(share.connection == connection for share in pool.shares) >= SHARES


@pytest.mark.soak
def test_the_command_keeps_the_servers_byte_in_every_session(tmp_path: Path, self_tested_home: Path) -> None:
    with TestPool.start(presets.XMRIG_PROXY.but(**EASY), job_s=3.0) as pool:
        with mining(tmp_path, *words_for(pool.url, profile="xmrig_proxy"), self_test=self_tested_home):
            pool.wait_for(partial(has_shares, connection=1), START_S)
            pool.inject(FaultKind.RESTART, seconds=0.1)
            pool.wait_for(partial(has_shares, connection=2), SHARE_S)
        assert {share.connection for share in pool.shares} == {1, 2}, pool.story()
        assert all(byte_of(share.nonce) == share.connection for share in pool.shares), "the pool numbers them so"
        assert pool.violations == [] and pool.rejected == 0, pool.story()


@pytest.mark.parametrize(
    ("has_byte", "extensions"),
    [
        pytest.param(True, ALL, id="both", marks=pytest.mark.soak),
        pytest.param(True, WITHOUT, id="byte alone"),
        pytest.param(True, None, id="byte and no extensions", marks=pytest.mark.soak),
        pytest.param(False, ALL, id="extension alone"),
    ],
)
async def test_the_byte_or_the_extension_is_enough(has_byte: bool, extensions: tuple[str, ...] | None) -> None:
    behaviour = presets.XMRIG_PROXY.but(is_nicehash=has_byte, extensions=extensions, **EASY)
    with TestPool.start(behaviour, job_s=1.0) as pool:
        async with SessionMiner(plan_for(pool.url, profile="xmrig_proxy")) as miner:
            await miner.until(lambda: miner.accepted >= SHARES)
        for job in miner.jobs:
            assert job.nonce_first == job.blob[FIXED_BYTE_OFFSET] << 24 == (1 << 24 if has_byte else 0)
            assert job.nonce_count == NICEHASH_NONCES
        assert {byte_of(share.nonce) for share in pool.shares} == {int(has_byte)}
        assert pool.violations == [], pool.story()
