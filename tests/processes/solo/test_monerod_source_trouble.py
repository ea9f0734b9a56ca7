"""A daemon that is away, busy, behind or talks nonsense: the reason is shown, nothing spins, mining resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from mining.engine.jobs import Link
from mining.errors import LoginRefusedError
from mining.solo.monerod_source import MonerodSource
from tests.processes.solo.conftest import TIMINGS
from tests.support.fake_monerod import Answer, FakeMonerod, Hang, Raw, Refusal, http_answer
from tests.support.source_watch import SinkRecord, running, wait_until

Make = Callable[..., MonerodSource]
ATTEMPTS = 5
LEAST_S = 0.8 * (0.05 + 0.1 + 0.2 + 0.4)
"""The four pauses between five attempts, each up to 20 % shorter by jitter."""

TROUBLES: dict[str, tuple[str, Answer, str]] = {
    "garbage tip": ("get_height", Raw(b"\x00\x01garbage\n"), "not HTTP"),
    "closing": ("get_height", Raw(b""), "closed the connection"),
    "garbage template": ("get_block_template", Raw(http_answer(b"<html>")), "a web page"),
    "unsound template": ("get_block_template", {"status": "OK", "height": 3}, "missing required field"),
    "busy core": ("get_block_template", Refusal(-9, "Core is busy"), "Core is busy"),
    "busy status": ("get_block_template", {"status": "BUSY"}, "is busy"),
    "behind": ("get_info", {"status": "OK", "height": 7, "target_height": 9, "synchronized": False}, "block 7 of 9"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_waited_out_with_back_off_and_its_reason_is_shown(source_of: Make, name: str) -> None:
    method, answer, words = TROUBLES[name]

    async def scenario() -> None:
        clock = asyncio.get_running_loop().time
        async with FakeMonerod() as daemon:
            daemon.script[method] = answer
            began = clock()
            async with running(source_of(daemon)) as sink:
                await wait_until(lambda: words in sink.cause, words)
                await wait_until(lambda: daemon.requests.count(method) >= ATTEMPTS, "more attempts")
                assert clock() - began >= LEAST_S
                assert sink.link is Link.DOWN and not sink.jobs
                assert len(sink.links) == 2, "the same reason is told once"
                daemon.script.clear()
                await wait_until(lambda: sink.link is Link.READY and sink.is_hashing, "mining again")

    asyncio.run(scenario())


def test_a_regtest_daemon_without_peers_is_mined_on_although_it_is_not_synchronised(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            daemon.info = {"nettype": "fakechain", "synchronized": False}
            async with running(source_of(daemon)) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")

    asyncio.run(scenario())


def test_an_unsound_template_blob_is_told_as_such(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            daemon.script["get_block_template"] = {**daemon.template(), "reserved_offset": 5}
            async with running(source_of(daemon)) as sink:
                await wait_until(lambda: "answered with a block template that reserves" in sink.cause, "the reason")
                assert daemon.endpoint.label in sink.cause

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Refusal(-12, "Mining to subaddress is not supported yet"), "Mining to subaddress is not supported yet"),
        (Refusal(-4, "Failed to parse wallet address"), "Failed to parse wallet address"),
        (Raw(http_answer(b"", status="401 Unauthorized")), "asks for a user and password"),
    ],
)
def test_a_wallet_or_login_that_is_refused_for_good_ends_the_source(
    source_of: Make, answer: Answer, words: str
) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            daemon.script["get_block_template"] = answer
            source = source_of(daemon)
            with pytest.raises(LoginRefusedError, match=words):
                await source.run(SinkRecord())
            await source.close()

    asyncio.run(scenario())


def test_hashing_stops_at_once_when_the_tip_moved_and_no_template_can_be_had(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.script["get_block_template"] = Refusal(-9, "Core is busy")
                daemon.block_found_by_another()
                await wait_until(lambda: bool(sink.invalidations), "the job ends")
                assert "the chain moved on" in sink.invalidations[0] and "Core is busy" in sink.invalidations[0]
                assert source.is_stale(sink.jobs[0])
                daemon.script.clear()
                await wait_until(lambda: sink.is_hashing, "a new job")
                assert sink.jobs[-1].is_clean and sink.jobs[-1].height == 4

    asyncio.run(scenario())


@pytest.mark.parametrize("is_hanging", [True, False])
def test_hashing_goes_on_for_a_while_without_the_daemon_then_stops_and_resumes(
    source_of: Make, is_hanging: bool
) -> None:
    timings = replace(TIMINGS, silence_s=3.0)  # long after the loss is noticed

    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, timings=timings)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                if is_hanging:
                    daemon.script["get_height"] = Hang()
                else:
                    await daemon.stop()
                await wait_until(lambda: sink.link is Link.DOWN, "the loss is told")
                assert sink.is_hashing and not source.is_stale(sink.jobs[-1]), "a short absence costs nothing"
                await wait_until(lambda: not sink.is_hashing, "hashing ends")
                assert "no news from the daemon" in sink.invalidations[-1]
                if is_hanging:
                    daemon.script.clear()
                else:
                    await daemon.start()
                await wait_until(lambda: sink.is_hashing and sink.link is Link.READY, "mining again")

    asyncio.run(scenario())
