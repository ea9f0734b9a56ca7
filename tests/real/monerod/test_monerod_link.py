"""A real monerod that goes away, comes back, asks for a password or refuses the wallet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.engine.jobs import Link, OutcomeKind
from mining.engine.plan import Endpoint
from mining.errors import LoginRefusedError
from mining.solo.monerod_source import MonerodSource
from tests.support.monerod import SUB_ADDRESS, Monerod, start_monerod
from tests.support.source_watch import SinkRecord, running, share_of, wait_until

Make = Callable[..., MonerodSource]


def test_a_daemon_stopped_in_the_middle_is_told_and_mining_resumes_when_it_is_back(
    monerod: Monerod, source_on: Make
) -> None:
    async def scenario() -> None:
        source = source_on(monerod.endpoint)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            await asyncio.to_thread(monerod.stop)
            await wait_until(lambda: sink.link is Link.DOWN, "the loss is told")
            await wait_until(lambda: "connection refused" in sink.cause, "the reason")
            await wait_until(lambda: not sink.is_hashing, "hashing ends")
            kept = asyncio.create_task(source.submit(share_of(sink.jobs[-1])))
            await asyncio.to_thread(monerod.start)
            outcome = await kept
            assert outcome.kind is OutcomeKind.ACCEPTED, outcome
            await wait_until(lambda: sink.is_hashing and sink.link is Link.READY, "mining again")
            assert sink.jobs[-1].height == 2

    asyncio.run(scenario())
    assert monerod.height() == 1


@pytest.mark.parametrize(
    ("wallet", "words"),
    [
        (SUB_ADDRESS, "Mining to subaddress is not supported"),
        pytest.param("4" * 95, "Failed to parse wallet address", marks=pytest.mark.soak),
    ],
)
def test_a_sub_address_or_a_foreign_wallet_is_refused_for_solo(
    monerod: Monerod, source_on: Make, wallet: str, words: str
) -> None:
    async def scenario() -> None:
        source = source_on(monerod.endpoint, wallet=wallet)
        with pytest.raises(LoginRefusedError, match=words):
            await source.run(SinkRecord())
        await source.close()

    asyncio.run(scenario())


def test_a_daemon_with_a_login_is_mined_on_with_the_right_password_and_refused_with_another(
    tmp_path: Path, source_on: Make
) -> None:
    monerod = start_monerod(tmp_path, difficulty=1, options=("--rpc-login", "miner:secret"))

    def endpoint(password: str) -> Endpoint:
        return Endpoint("daemon+http", "127.0.0.1", monerod.rpc_port, "miner", password)

    async def scenario() -> None:
        source = source_on(endpoint("secret"))
        async with running(source) as sink:
            for height in (1, 2):
                await wait_until(lambda: sink.is_hashing, "a job")
                assert sink.jobs[-1].height == height
                assert (await source.submit(share_of(sink.jobs[-1]))).kind is OutcomeKind.ACCEPTED
        wrong = source_on(endpoint("guess"))
        with pytest.raises(LoginRefusedError, match='refuses the user "miner"') as caught:
            await wrong.run(SinkRecord())
        assert "guess" not in caught.value.sentence
        await wrong.close()

    try:
        asyncio.run(scenario())
    finally:
        monerod.stop()
