"""How submissions end against a daemon that accepts, refuses, forgets or is away; and that we never race ourselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from mining.engine.jobs import Outcome, OutcomeKind
from mining.solo.monerod_source import MonerodSource
from tests.processes.solo.conftest import PATIENT
from tests.support.fake_monerod import FakeMonerod, Refusal
from tests.support.source_watch import running, share_of, wait_until

Make = Callable[..., MonerodSource]
ACCEPTED, REJECTED = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED
STALE, LOST = OutcomeKind.STALE, OutcomeKind.LOST
WITHOUT_POLL_S = 20.0
"""Sooner than the next poll of a source that polls each 30 s."""


def test_an_accepted_block_brings_the_next_job_without_waiting_for_the_poll(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                outcome = await source.submit(share_of(sink.jobs[0]))
                assert outcome.kind is ACCEPTED and outcome.rtt_ms is not None
                assert outcome.detail == f"block {daemon.chain[3]} at height 3"
                assert sink.invalidations == ["height 3 is won"] and not sink.is_hashing
                await wait_until(lambda: sink.is_hashing, "the next job", WITHOUT_POLL_S)
                assert sink.jobs[-1].height == 4 and sink.jobs[-1].is_clean

    asyncio.run(scenario())


def test_other_shares_of_a_height_are_stale_while_one_is_under_way_and_after_it_won(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                job = sink.jobs[0]
                first = asyncio.create_task(source.submit(share_of(job, 1)))
                await asyncio.sleep(0)
                assert source.is_stale(job)
                second = await source.submit(share_of(job, 2))
                assert (await first).kind is ACCEPTED
                third = await source.submit(share_of(job, 1))
                taken = (STALE, "height already won by us")
                assert (second.kind, second.reason) == taken and (third.kind, third.reason) == taken
                assert daemon.requests.count("submit_block") == 1

    asyncio.run(scenario())


def test_a_block_that_became_an_alternative_one_is_rejected_as_orphaned(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.block_found_by_another()
                outcome = await source.submit(share_of(sink.jobs[0]))
                assert (outcome.kind, outcome.reason) == (REJECTED, "orphaned")
                assert daemon.chain[3] in outcome.detail
                await wait_until(lambda: len(sink.jobs) == 2, "a job on the new tip", WITHOUT_POLL_S)
                assert (await source.submit(share_of(sink.jobs[0], 2))).reason == "the chain moved on"

    asyncio.run(scenario())


def test_a_refused_block_is_rejected_and_its_height_is_open_again(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["submit_block"] = Refusal(-7, "Block not accepted")
                outcome = await source.submit(share_of(sink.jobs[0], 1))
                assert (outcome.kind, outcome.reason) == (REJECTED, "block not accepted")
                assert not source.is_stale(sink.jobs[0]) and sink.is_hashing
                daemon.script.clear()
                assert (await source.submit(share_of(sink.jobs[0], 2))).kind is ACCEPTED

    asyncio.run(scenario())


def test_a_daemon_that_refuses_every_block_is_not_hammered(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["submit_block"] = Refusal(-7, "Block not accepted")
                end = asyncio.get_running_loop().time() + 1.0
                nonce = 0
                while asyncio.get_running_loop().time() < end:
                    nonce += 1
                    outcome = await source.submit(share_of(sink.jobs[0], nonce))
                    assert outcome.kind is REJECTED
                assert daemon.requests.count("submit_block") <= 8

    asyncio.run(scenario())


def test_a_block_found_while_the_daemon_is_away_is_delivered_when_it_is_back(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                await daemon.stop()
                delivery: asyncio.Task[Outcome] = asyncio.create_task(source.submit(share_of(sink.jobs[0])))
                await wait_until(lambda: bool(sink.cause), "the loss is told")
                await daemon.start()
                assert (await delivery).kind is ACCEPTED

    asyncio.run(scenario())


def test_a_block_is_lost_when_the_daemon_stays_away_and_its_height_is_open_again(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, timings=replace(PATIENT, submit_deadline_s=2.0))
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                await daemon.stop()
                outcome = await source.submit(share_of(sink.jobs[0]))
                assert (outcome.kind, outcome.reason) == (LOST, "no answer")
                assert "connection refused" in outcome.detail
                assert not source.is_stale(sink.jobs[0])

    asyncio.run(scenario())


def test_a_won_block_that_leaves_the_chain_later_is_counted(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                assert (await source.submit(share_of(sink.jobs[0]))).kind is ACCEPTED
                daemon.chain[3] = "ee" * 32
                for _ in range(9):
                    daemon.block_found_by_another()
                await wait_until(lambda: sink.jobs[-1].height == 13, "nine blocks on top")
                assert source.orphaned_after_acceptance == 0
                daemon.block_found_by_another()
                await wait_until(lambda: source.orphaned_after_acceptance == 1, "the tenth block settles it")
                assert [block.height for block in source.orphaned_blocks] == [3]

    asyncio.run(scenario())


def test_a_daemon_that_lost_our_block_is_mined_on_again_from_there(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                assert (await source.submit(share_of(sink.jobs[0]))).kind is ACCEPTED
                await wait_until(lambda: sink.jobs[-1].height == 4, "the next job")
                daemon.chain.pop()
                await wait_until(lambda: sink.jobs[-1].height == 3, "height 3 again")
                assert source.orphaned_after_acceptance == 1
                assert (await source.submit(share_of(sink.jobs[-1]))).kind is ACCEPTED

    asyncio.run(scenario())
