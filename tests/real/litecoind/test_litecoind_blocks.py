"""Blocks of ours in the chain of a real litecoind: whom they pay, one per height, none raced by ourselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from mining.addresses import ChainNetwork
from mining.addresses.bech32 import WitnessProgram, encode_witness
from mining.engine.jobs import OutcomeKind
from mining.solo.litecoin_chain import payout_script
from mining.solo.litecoin_template import TemplateAnswer
from mining.solo.litecoin_transaction import is_hogex
from mining.solo.litecoin_work import block_from_nonce, job_from_work, work_from_answer
from mining.solo.litecoind_source import LitecoindSource
from mining.solo.long_poll import LongPoll
from tests.support.litecoin_blocks import solved, unsolved
from tests.support.litecoind import BECH32, LEGACY, P2SH, Litecoind
from tests.support.source_watch import running, wait_until

Make = Callable[..., LitecoindSource]
TAPROOT = encode_witness(WitnessProgram("rltc", 1, bytes(range(32))))
RULES = {"rules": ["segwit", "mweb"]}


@pytest.mark.parametrize("wallet", [LEGACY, P2SH, BECH32, TAPROOT])
def test_a_block_pays_the_wallet_of_each_kind_of_address(
    plain_litecoind: Litecoind, source_on: Make, wallet: str
) -> None:
    async def mined() -> int:
        source = source_on(plain_litecoind.endpoint, wallet=wallet)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            outcome = await source.submit(solved(sink.jobs[-1]))
            assert outcome.kind is OutcomeKind.ACCEPTED, outcome
            height = sink.jobs[0].height
            assert height is not None
            return height

    height = asyncio.run(mined())
    assert plain_litecoind.payee(height) == wallet


def test_two_blocks_are_accepted_by_id_and_each_height_is_won_once(plain_litecoind: Litecoind, source_on: Make) -> None:
    start = plain_litecoind.height()

    async def scenario() -> None:
        source = source_on(plain_litecoind.endpoint, poll_s=30.0)
        async with running(source) as sink:
            for height in (start + 1, start + 2):
                await wait_until(lambda: sink.is_hashing, "a job")
                job = sink.jobs[-1]
                assert job.height == height
                share = solved(job)
                first = asyncio.create_task(source.submit(share))
                await asyncio.sleep(0)
                rival = await source.submit(solved(job, first=share.nonce + 1))
                outcome = await first
                assert outcome.kind is OutcomeKind.ACCEPTED, outcome
                assert rival.kind is (await source.submit(share)).kind is OutcomeKind.STALE
                found = await asyncio.to_thread(plain_litecoind.block_hash, height)
                assert outcome.detail == f"block {found} at height {height}"

    asyncio.run(scenario())
    assert plain_litecoind.height() == start + 2
    tips = plain_litecoind.ask("getchaintips")
    assert not [tip for tip in tips if tip["height"] > start and tip["status"] != "active"], "no rival of our own"


def test_a_block_that_comes_after_a_competing_one_is_stale(plain_litecoind: Litecoind, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(plain_litecoind.endpoint, poll_s=30.0)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            await asyncio.to_thread(plain_litecoind.generate)
            outcome = await source.submit(solved(sink.jobs[0]))
            assert (outcome.kind, outcome.reason) == (OutcomeKind.STALE, "inconclusive")
            await wait_until(lambda: len(sink.jobs) > 1, "a job on the competing block")
            assert (await source.submit(solved(sink.jobs[-1]))).kind is OutcomeKind.ACCEPTED

    asyncio.run(scenario())


def test_a_hash_that_is_not_good_is_rejected_by_name(plain_litecoind: Litecoind, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(plain_litecoind.endpoint)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            outcome = await source.submit(unsolved(sink.jobs[-1]))
            assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "high-hash")

    asyncio.run(scenario())


def test_the_long_poll_rings_when_a_block_comes(plain_litecoind: Litecoind) -> None:
    async def scenario() -> None:
        template = await asyncio.to_thread(plain_litecoind.ask, "getblocktemplate", RULES)
        poll, rung = LongPoll(plain_litecoind.endpoint, 5.0), asyncio.Event()
        poll.watch(template["previousblockhash"], template["longpollid"], rung.set)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await rung.wait()
        await asyncio.to_thread(plain_litecoind.generate)
        async with asyncio.timeout(30):
            await rung.wait()
        await poll.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("extra_nonce", [0, 2**64 - 1])
def test_litecoind_finds_no_fault_in_a_proposed_block_with_mweb(mweb_litecoind: Litecoind, extra_nonce: int) -> None:
    raw = mweb_litecoind.ask("getblocktemplate", RULES)
    work = work_from_answer(msgspec.convert(raw, TemplateAnswer), payout_script(BECH32, ChainNetwork.REGTEST))
    assert work.template.mweb and is_hogex(work.template.transactions[-1])
    job = job_from_work(work, job_id="1", extra_nonce=extra_nonce, is_clean=True)
    block = block_from_nonce(work, extra_nonce=extra_nonce, nonce=solved(job).nonce)
    assert mweb_litecoind.ask("getblocktemplate", {"mode": "proposal", "data": block.blob.hex(), **RULES}) is None
