"""The source on a litecoind that accepts, refuses, forgets, is away or talks nonsense. What every daemon has in common
is tested on monerod's; here is what is Litecoin's own."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from mining.engine.jobs import Link, OutcomeKind
from mining.errors import LoginRefusedError
from mining.solo.block_delivery import DaemonTimings
from mining.solo.litecoind_source import LitecoindSource
from tests.processes.solo.conftest import PATIENT, TIMINGS
from tests.support.fake_litecoind import WALLET, Answer, FakeLitecoind, Hang, Refusal, Result
from tests.support.source_watch import SinkRecord, running, share_of, wait_until

ACCEPTED, REJECTED, STALE, LOST = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.STALE, OutcomeKind.LOST
WITHOUT_POLL_S = 20.0
"""Sooner than the next poll of a source that polls each 30 s."""


def source_of(
    daemon: FakeLitecoind,
    *,
    wallet: str = WALLET,
    poll_s: float = 0.02,
    refresh_s: float = 60.0,
    timings: DaemonTimings = PATIENT,
) -> LitecoindSource:
    return LitecoindSource(
        daemon.endpoint, wallet, poll_s=poll_s, refresh_s=refresh_s, timings=timings, rng=random.Random(5)
    )


def test_a_job_carries_a_header_of_ours_and_a_fresh_one_another_extra_nonce() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                asked = len(daemon.requests)
                source.request_fresh_job()
                await wait_until(lambda: len(sink.jobs) == 2, "a fresh job", WITHOUT_POLL_S)
                first, second = sink.jobs
                assert len(daemon.requests) == asked
                assert (first.algorithm, first.height, first.nonce_offset, first.difficulty) == ("scrypt", 3, 76, 2)
                assert (len(first.blob), first.seed, first.blob[76:]) == (80, b"", bytes(4))
                assert first.blob[36:68] != second.blob[36:68] and first.blob[:36] == second.blob[:36]
                assert first.extranonce2 != second.extranonce2 and not second.is_clean

    asyncio.run(scenario())


def test_an_accepted_block_is_proven_by_its_place_and_pays_the_wallet() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                outcome = await source.submit(share_of(sink.jobs[0], 7))
                assert outcome.kind is ACCEPTED and outcome.detail == f"block {daemon.chain[3]} at height 3"
                assert bytes.fromhex("160014751e76e8199196d454941c45d1b3a323f1433bd6") in daemon.submitted[0]
                assert b"MinerConsole" in daemon.submitted[0]
                await wait_until(lambda: sink.jobs[-1].height == 4, "the next job", WITHOUT_POLL_S)

    asyncio.run(scenario())


def test_a_block_whose_answer_was_lost_is_sent_again_and_counts_once() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, poll_s=30.0, timings=replace(TIMINGS, submit_deadline_s=30.0))
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["getblockheader"] = Hang()
                delivery = asyncio.create_task(source.submit(share_of(sink.jobs[0])))
                await wait_until(lambda: "getblockheader" in daemon.requests, "it was taken")
                daemon.script.clear()
                assert (await delivery).kind is ACCEPTED
                assert daemon.requests.count("submitblock") >= 2 and len(daemon.chain) == 4

    asyncio.run(scenario())


def test_a_block_that_came_second_is_stale_and_the_next_height_is_mined() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.block_found_by_another()
                outcome = await source.submit(share_of(sink.jobs[0]))
                assert (outcome.kind, outcome.reason) == (STALE, "inconclusive")
                await wait_until(
                    lambda: len(sink.jobs) == 2 and sink.jobs[1].height == 4, "the next height", WITHOUT_POLL_S
                )
                assert source.is_stale(sink.jobs[0])

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Result("high-hash"), "high-hash"),
        (Result("bad-cb-amount"), "bad-cb-amount"),
        (Result("\x1bbad-new"), ".bad-new"),
        (Refusal(-22, "Block decode failed"), "block decode failed"),
    ],
)
def test_a_refused_block_is_rejected_by_the_daemons_word(answer: Answer, reason: str) -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["submitblock"] = answer
                outcome = await source.submit(share_of(sink.jobs[0], 1))
                assert (outcome.kind, outcome.reason) == (REJECTED, reason)
                assert not source.is_stale(sink.jobs[0]) and sink.is_hashing, "the height is open again"

    asyncio.run(scenario())


def test_after_a_refused_block_the_template_is_renewed_at_once_and_people_are_told() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                assert source.notice() is None
                daemon.script["submitblock"] = Result("bad-cb-amount")
                await source.submit(share_of(sink.jobs[0], 1))
                notice = source.notice() or ""
                assert "the daemon refused 1 of our blocks" in notice and "its coinbase pays too much" in notice
                assert "bad-cb-amount" in notice and "at height 3" in notice
                await wait_until(lambda: len(sink.jobs) == 2, "a job of another template", WITHOUT_POLL_S)
                assert daemon.requests.count("getblocktemplate") == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("is_decided", [False, True])
def test_a_block_outlasts_the_restart_of_the_daemon_unless_the_chain_moved_on(is_decided: bool) -> None:
    timings = replace(PATIENT, submit_deadline_s=60.0, submit_decided_s=0.0)

    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, timings=timings)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["submitblock"] = Refusal(-28, "Verifying blocks...")
                delivery = asyncio.create_task(source.submit(share_of(sink.jobs[0])))
                await wait_until(lambda: daemon.requests.count("submitblock") >= 3, "it is tried on")
                if is_decided:
                    daemon.block_found_by_another()
                    outcome = await delivery
                    assert outcome.kind is LOST and "Verifying blocks" in outcome.detail
                else:
                    daemon.script.clear()
                    assert (await delivery).kind is ACCEPTED

    asyncio.run(scenario())


def test_a_block_is_lost_when_the_daemon_stays_away() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, timings=TIMINGS)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                await daemon.stop()
                outcome = await source.submit(share_of(sink.jobs[0]))
                assert (outcome.kind, outcome.reason) == (LOST, "no answer")

    asyncio.run(scenario())


def test_a_won_block_that_leaves_the_chain_later_is_counted() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                assert (await source.submit(share_of(sink.jobs[0]))).kind is ACCEPTED
                daemon.beside.append(daemon.chain[3])
                daemon.chain[3] = "ee" * 32
                for _ in range(10):
                    daemon.block_found_by_another()
                await wait_until(lambda: source.orphaned_after_acceptance == 1, "ten blocks later")

    asyncio.run(scenario())


TROUBLES: dict[str, tuple[str, Answer, str]] = {
    "no peers": ("getblocktemplate", Refusal(-9, "Litecoin Core is not connected!"), "has no peers"),
    "download": ("getblocktemplate", Refusal(-10, "Litecoin Core is in initial sync"), "is still synchronising"),
    "other rules": ("getblocktemplate", Refusal(-8, "must be called with x"), "wants other rules"),
    "starting": ("getblockhash", Refusal(-28, "Verifying blocks..."), "is starting: Verifying blocks"),
    "unsound template": ("getblocktemplate", {"height": 3}, "missing required field"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_shown_with_its_reason_and_mining_begins_when_it_is_over(name: str) -> None:
    method, answer, words = TROUBLES[name]

    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script[method] = answer
            async with running(source_of(daemon)) as sink:
                await wait_until(lambda: words in sink.cause, words)
                assert sink.link is Link.DOWN and not sink.jobs and daemon.endpoint.label in sink.cause
                daemon.script.clear()
                await wait_until(lambda: sink.link is Link.READY and sink.is_hashing, "mining")

    asyncio.run(scenario())


def test_a_node_that_knows_headers_of_blocks_it_does_not_have_is_not_mined_at_until_it_has_them() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            daemon.headers_ahead = 2
            async with running(source_of(daemon)) as sink:
                await wait_until(lambda: "is still synchronising (block 2 of 4)" in sink.cause, "the reason")
                assert sink.link is Link.DOWN and not sink.jobs and "getblocktemplate" not in daemon.requests
                daemon.headers_ahead = 1
                await wait_until(lambda: sink.link is Link.READY and sink.is_hashing, "mining")

    asyncio.run(scenario())


def test_a_node_that_falls_behind_while_it_is_mined_at_stops_the_hashing() -> None:
    timings = replace(PATIENT, silence_s=2.0)

    async def scenario() -> None:
        async with FakeLitecoind() as daemon, running(source_of(daemon, timings=timings)) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            daemon.headers_ahead = 600
            await wait_until(lambda: not sink.is_hashing, "no more hashing")
            assert "block 2 of 602" in sink.cause

    asyncio.run(scenario())


def test_an_unsound_template_is_told_as_such() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            daemon.script["getblocktemplate"] = {**daemon.template(), "bits": "1e0ffff0"}
            async with running(source_of(daemon)) as sink:
                await wait_until(
                    lambda: "a block template that has a target that its bits do not say" in sink.cause, "it"
                )

    asyncio.run(scenario())


def test_a_node_of_another_coin_is_refused_for_good() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            daemon.chain[0] = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
            source = source_of(daemon)
            with pytest.raises(LoginRefusedError, match="is not a Litecoin node"):
                await source.run(SinkRecord())
            await source.close()
            assert "getblocktemplate" not in daemon.requests

    asyncio.run(scenario())


def test_a_wallet_of_another_network_is_refused_for_good_and_not_shown_whole() -> None:
    wallet = "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"

    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            source = source_of(daemon, wallet=wallet)
            with pytest.raises(LoginRefusedError, match=r"is on regtest: the wallet .* is a mainnet address") as caught:
                await source.run(SinkRecord())
            assert wallet not in caught.value.sentence
            await source.close()

    asyncio.run(scenario())


def test_the_long_poll_alone_brings_a_job_on_a_new_tip() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon, running(source_of(daemon)) as sink:
            await wait_until(lambda: daemon.long_polls == 1, "a long poll")
            daemon.script["getblockchaininfo"] = await daemon.truth("getblockchaininfo", [])  # the tip, for ever
            daemon.block_found_by_another()
            await wait_until(lambda: sink.jobs[-1].height == 4, "a job on the new tip")
            daemon.script.clear()
            await wait_until(lambda: daemon.long_polls == 2, "the next long poll")

    asyncio.run(scenario())


def test_only_one_long_poll_waits_and_a_daemon_that_grew_mute_meanwhile_gets_no_other() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon, running(source_of(daemon, refresh_s=0.2, timings=TIMINGS)) as sink:
            await wait_until(lambda: daemon.long_polls > 0, "a long poll")  # none while each look renews the template
            jobs = len(sink.jobs)
            await wait_until(lambda: len(sink.jobs) > jobs + 3, "refreshed jobs")
            assert daemon.long_polls == 1
            daemon.script["getblockchaininfo"] = Hang()
            await wait_until(lambda: "did not answer getblockchaininfo" in sink.cause, "the silence is told")
            daemon.script.clear()
            jobs = len(sink.jobs)
            daemon.block_found_by_another()
            await wait_until(lambda: len(sink.jobs) > jobs + 3, "mining again")
            assert daemon.long_polls == 1 and sink.jobs[-1].height == 4

    asyncio.run(scenario())
