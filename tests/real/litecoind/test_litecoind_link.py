"""A real litecoind without peers, at its start, away for a while, with another password, rules or network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from mining.engine.jobs import Link, OutcomeKind
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo import litecoind_rpc
from mining.solo.litecoind_rpc import LitecoindRpc
from mining.solo.litecoind_source import LitecoindSource
from tests.support.litecoin_blocks import solved
from tests.support.litecoind import Litecoind, make_litecoind
from tests.support.source_watch import SinkRecord, running, wait_until

Make = Callable[..., LitecoindSource]
MAINNET_WALLET = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"


def test_a_new_node_is_waited_for_from_its_first_peer_over_the_download_to_the_first_block_and_after_a_restart(
    tmp_path: Path, source_on: Make
) -> None:
    node = make_litecoind(tmp_path)

    async def scenario() -> None:
        source = source_on(node.endpoint)
        async with running(source) as sink:
            await wait_until(lambda: "connection refused" in sink.cause, "it is not there")
            await asyncio.to_thread(node.start, with_peer=False)
            await wait_until(lambda: "has no peers" in sink.cause and "(error -9)" in sink.cause, "no peers")
            await asyncio.to_thread(node.peer_start)
            await wait_until(lambda: "still synchronising" in sink.cause and "(error -10)" in sink.cause, "download")
            assert sink.link is Link.DOWN and not sink.jobs
            await asyncio.to_thread(node.generate)
            await wait_until(lambda: sink.is_hashing and sink.link is Link.READY, "mining")
            assert sink.jobs[-1].height == 2
            await asyncio.to_thread(node.node_stop)
            await wait_until(lambda: sink.link is Link.DOWN and not sink.is_hashing, "hashing ends")
            kept = asyncio.create_task(source.submit(solved(sink.jobs[-1])))
            await asyncio.to_thread(node.start)
            outcome = await kept
            assert outcome.kind is OutcomeKind.ACCEPTED, outcome
            await wait_until(lambda: sink.is_hashing and sink.jobs[-1].height == 3, "mining again")

    try:
        asyncio.run(scenario())
    finally:
        node.stop()


@pytest.mark.parametrize(("user", "words"), [("miner", 'refuses the user "miner"'), ("", "asks for a user")])
def test_a_wrong_or_missing_password_is_refused_for_good_and_not_shown(
    plain_litecoind: Litecoind, source_on: Make, user: str, words: str
) -> None:
    async def scenario() -> None:
        source = source_on(plain_litecoind.endpoint_with("guess" if user else "", user))
        with pytest.raises(LoginRefusedError, match=words) as caught:
            await source.run(SinkRecord())
        await source.close()
        assert "guess" not in caught.value.sentence and "rpcpassword" in caught.value.sentence

    asyncio.run(scenario())


def test_a_wallet_of_another_network_is_refused_for_good(plain_litecoind: Litecoind, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(plain_litecoind.endpoint, wallet=MAINNET_WALLET)
        with pytest.raises(LoginRefusedError, match=r"is on regtest: the wallet ltc1qw…n9 is a mainnet address"):
            await source.run(SinkRecord())
        await source.close()

    asyncio.run(scenario())


def test_rules_that_litecoind_does_not_take_are_named(
    plain_litecoind: Litecoind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(litecoind_rpc, "KNOWN_RULES", ("segwit",))

    async def scenario() -> None:
        rpc = LitecoindRpc(plain_litecoind.endpoint)
        with pytest.raises(SourceUnavailableError, match=r"wants other rules than segwit: .* \(error -8\)"):
            await rpc.template()
        await rpc.close()

    asyncio.run(scenario())
