"""What a pool refuses for good, what the network does not give, and TLS that is not what it should be."""

from __future__ import annotations

import asyncio
import socket

import pytest

from mining.errors import LoginRefusedError
from tests.support.pools import presets
from tests.support.pools.certificates import Certificate
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.session_miner import SessionMiner, plan_for

EASY = {"difficulty": 2, "largest_difficulty": 2}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Invalid payment address provided: 44AF", "bad_wallet"),
        ("Permanently banned payment address provided", "wallet_banned"),
        ("Permission denied", "wrong_password"),
        ("Too many options in the login field", "permanent_login"),
        ("No compatible algorithm found", "wrong_algorithm"),
    ],
)
async def test_a_login_that_is_refused_for_good_ends_the_run_with_the_pools_words(text: str, code: str) -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY)) as pool:
        pool.inject(FaultKind.REFUSE_LOGIN, seconds=60.0, text=text)
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: miner.error is not None)
            error = miner.error
            assert isinstance(error, LoginRefusedError) and error.code == code
            assert text in error.sentence and f"127.0.0.1:{pool.port}" in error.sentence
            assert "44AFFq…3A" in error.sentence, "what was sent, masked"
            assert error.next_step
        assert len(pool.logins) == 1, "it is not tried again"


async def test_a_refused_wallet_at_one_pool_leaves_the_other_one_mining() -> None:
    with (
        TestPool.start(presets.JTGRASSIE.but(**EASY)) as first,
        TestPool.start(presets.JTGRASSIE.but(**EASY)) as second,
    ):
        first.inject(FaultKind.REFUSE_LOGIN, seconds=60.0, text="Invalid address")
        async with SessionMiner(plan_for(first.url, second.url)) as miner:
            await miner.until(lambda: second.accepted >= 2)
            assert miner.error is None
            assert any("Invalid address" in cause for cause in miner.causes)
        assert len(first.logins) == 1


async def test_a_login_refused_for_now_is_tried_again() -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY)) as pool:
        pool.inject(FaultKind.REFUSE_LOGIN, seconds=60.0, text="Sorry, we are being repaired")
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: any("Sorry, we are being repaired" in cause for cause in miner.causes))
            pool.heal()
            await miner.until(lambda: miner.accepted >= 1)


async def test_unknown_hosts_and_closed_ports_are_told_and_waited_for() -> None:
    with socket.socket() as kept:  # the port stays ours, and nobody listens
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        plan = plan_for(f"stratum+tcp://127.0.0.1:{port}", "stratum+tcp://pool.invalid:3333")
        async with SessionMiner(plan) as miner:
            await miner.until(lambda: any("refused the connection" in cause for cause in miner.causes))
            await miner.until(lambda: any("'pool.invalid'" in cause for cause in miner.causes))
            assert miner.error is None


async def test_a_trusted_certificate_of_the_right_name_is_mined_with(monkeypatch: pytest.MonkeyPatch) -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY), certificate=Certificate.GOOD) as pool:
        monkeypatch.setenv("SSL_CERT_FILE", str(pool.ca_path))
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: miner.accepted >= 1)
            assert miner.source.facts.is_tls


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (Certificate.WRONG_NAME, "127.0.0.1"),
        (Certificate.EXPIRED, "expired"),
        (Certificate.SELF_SIGNED, "self-signed"),
    ],
)
async def test_a_wrong_certificate_is_named_and_nothing_is_sent(
    certificate: Certificate, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY), certificate=certificate) as pool:
        monkeypatch.setenv("SSL_CERT_FILE", str(pool.ca_path))
        async with SessionMiner(plan_for(pool.url)) as miner:
            await miner.until(lambda: bool(miner.causes))
            assert words in miner.causes[0] and "certificate" in miner.causes[0]
            await asyncio.sleep(0)
        assert pool.logins == []


async def test_a_pinned_certificate_needs_no_authority_and_another_one_is_refused() -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY), certificate=Certificate.SELF_SIGNED) as pool:
        pinned = pool.fingerprint
        async with SessionMiner(plan_for(pool.url, tls_fingerprint=pinned)) as miner:
            await miner.until(lambda: miner.accepted >= 1)
        pool.show_certificate(Certificate.OTHER_KEY)
        logins = len(pool.logins)
        async with SessionMiner(plan_for(pool.url, tls_fingerprint=pinned)) as miner:
            await miner.until(lambda: bool(miner.causes))
            assert pinned in miner.causes[0] and pool.fingerprint in miner.causes[0]
        assert len(pool.logins) == logins


async def test_tls_spoken_to_a_plain_port_is_named() -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY)) as pool:
        async with SessionMiner(plan_for(f"stratum+ssl://127.0.0.1:{pool.port}")) as miner:
            await miner.until(lambda: bool(miner.causes))
            assert "TLS" in miner.causes[0] and "stratum+tcp" in miner.causes[0]


async def test_plain_words_to_a_tls_port_end_by_our_own_deadline() -> None:
    with TestPool.start(presets.JTGRASSIE.but(**EASY), certificate=Certificate.GOOD) as pool:
        async with SessionMiner(plan_for(f"stratum+tcp://127.0.0.1:{pool.port}")) as miner:
            await miner.until(lambda: bool(miner.causes), 6.0)
