"""Blocks of ours in the chain of a real monerod: found by hash, one per height, none raced by ourselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mining.engine.jobs import OutcomeKind
from mining.solo.monero_block import hashing_blob, template_parse, tree_branch
from mining.solo.monerod_source import MonerodSource
from tests.support.monerod import WALLET, Monerod
from tests.support.source_watch import running, share_of, wait_until

Make = Callable[..., MonerodSource]


def test_our_hashing_blob_of_a_template_is_the_daemons(monerod: Monerod) -> None:
    for reserve in (8, 60):
        answer = monerod.ask("get_block_template", {"wallet_address": WALLET, "reserve_size": reserve})
        template = template_parse(bytes.fromhex(answer["blocktemplate_blob"]))
        assert hashing_blob(template, tree_branch(template.transactions)).hex() == answer["blockhashing_blob"]
        assert template.miner_tx_height == answer["height"]
        at = answer["reserved_offset"]
        assert template.blob[at - 2 : at + reserve] == bytes([2, reserve]) + bytes(reserve)


def test_three_blocks_are_accepted_by_hash_and_each_height_is_won_once(monerod: Monerod, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(monerod.endpoint, poll_s=30.0)
        async with running(source) as sink:
            for height in (1, 2, 3):
                await wait_until(lambda: sink.is_hashing, "a job")
                job = sink.jobs[-1]
                assert job.height == height
                first = asyncio.create_task(source.submit(share_of(job, 7)))
                await asyncio.sleep(0)
                rival = await source.submit(share_of(job, 8))
                outcome = await first
                assert outcome.kind is OutcomeKind.ACCEPTED, outcome
                again = await source.submit(share_of(job, 7))
                assert [rival.kind, again.kind] == [OutcomeKind.STALE] * 2
                assert source.is_stale(job)
                found = await asyncio.to_thread(monerod.block_hash, height)
                assert outcome.detail == f"block {found} at height {height}"
        assert [job.height for job in sink.jobs[:3]] == [1, 2, 3]

    asyncio.run(scenario())
    assert monerod.height() == 3
    assert "chains" not in monerod.ask("get_alternate_chains"), "no block of ours became an alternative one"


def test_a_block_that_comes_after_a_competing_one_is_rejected_as_orphaned(monerod: Monerod, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(monerod.endpoint, poll_s=30.0)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            await asyncio.to_thread(monerod.generate)
            outcome = await source.submit(share_of(sink.jobs[0]))
            assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, "orphaned")
            await wait_until(lambda: sink.jobs[-1].height == 2, "a job on the competing block")
            assert (await source.submit(share_of(sink.jobs[-1]))).kind is OutcomeKind.ACCEPTED
        assert source.orphaned_after_acceptance == 0

    asyncio.run(scenario())


def test_a_competing_block_is_seen_by_polling(monerod: Monerod, source_on: Make) -> None:
    async def scenario() -> None:
        source = source_on(monerod.endpoint)
        async with running(source) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            await asyncio.to_thread(monerod.generate)
            await wait_until(lambda: len(sink.jobs) == 2, "a job on the new tip")
            assert sink.jobs[1].height == 2 and sink.jobs[1].is_clean
            assert (await source.submit(share_of(sink.jobs[0]))).kind is OutcomeKind.STALE

    asyncio.run(scenario())
