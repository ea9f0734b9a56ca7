"""The long poll after a silence: litecoind gets its thread back, and is waited at again when that is harmless."""

from __future__ import annotations

import asyncio

from mining.solo.long_poll import LongPoll
from tests.support.fake_litecoind import FakeLitecoind
from tests.support.source_watch import wait_until

FIRST, SECOND = "11" * 32, "22" * 32


async def _is_waited(daemon: FakeLitecoind, poll: LongPoll, tip: str) -> bool:
    """Whether the poll makes a call for this tip; a call of another kind behind it tells that none came."""
    polls, tips = daemon.long_polls, daemon.requests.count("getblocktemplate")
    poll.watch(tip, f"{daemon.chain[-1]}7", lambda: None)
    if poll.is_waiting:
        await wait_until(lambda: daemon.long_polls > polls, "the call arrives")
    assert daemon.requests.count("getblocktemplate") - tips == daemon.long_polls - polls
    return daemon.long_polls > polls


def test_after_a_silence_there_is_no_long_poll_until_it_has_rested_and_the_tip_is_another() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            poll = LongPoll(daemon.endpoint, 10.0, rest_s=0.0)
            assert await _is_waited(daemon, poll, FIRST)
            poll.call_failed()
            assert not await _is_waited(daemon, poll, FIRST), "its thread may still wait for the next tip"
            assert await _is_waited(daemon, poll, SECOND)
            await poll.close()
            patient = LongPoll(daemon.endpoint, 10.0)
            assert await _is_waited(daemon, patient, FIRST)
            patient.call_failed()
            assert not await _is_waited(daemon, patient, SECOND), "another tip is not enough"
            await patient.close()

    asyncio.run(scenario())


def test_a_silence_while_nothing_waits_is_not_the_fault_of_the_long_poll() -> None:
    async def scenario() -> None:
        async with FakeLitecoind() as daemon:
            poll = LongPoll(daemon.endpoint, 10.0)
            poll.call_failed()
            assert await _is_waited(daemon, poll, FIRST)
            await poll.close()

    asyncio.run(scenario())
