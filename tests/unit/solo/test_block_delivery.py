"""What is remembered from one delivered block to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mining.engine.jobs import Outcome, OutcomeKind
from mining.errors import SourceUnavailableError
from mining.solo.block import Block
from mining.solo.block_delivery import TOLERATED_REJECTIONS, BlockDelivery, DaemonTimings
from mining.solo.won_blocks import WonBlocks

TIMINGS = DaemonTimings(backoff_first_s=3600.0, backoff_max_s=3600.0, submit_deadline_s=0.05)


def _delivered(kind: OutcomeKind, count: int) -> list[OutcomeKind]:
    """How so many blocks end at a daemon that would give each of them this end."""

    async def attempt(block: Block) -> Outcome:
        return Outcome(kind)

    async def scenario() -> list[OutcomeKind]:
        delivery = BlockDelivery(attempt, WonBlocks(), TIMINGS)
        return [(await delivery.deliver(Block(b"", "", height))).kind for height in range(count)]

    return asyncio.run(scenario())


def test_blocks_that_came_second_do_not_slow_down_the_next_one() -> None:
    count = TOLERATED_REJECTIONS + 2
    assert _delivered(OutcomeKind.STALE, count) == [OutcomeKind.STALE] * count


def test_after_some_rejections_in_a_row_the_next_block_waits() -> None:
    ends = _delivered(OutcomeKind.REJECTED, TOLERATED_REJECTIONS + 1)
    assert ends == [OutcomeKind.REJECTED] * TOLERATED_REJECTIONS + [OutcomeKind.LOST]


RESTARTING = DaemonTimings(submit_deadline_s=30.0, submit_decided_s=0.05, submit_retry_s=0.01)
ATTEMPTS = 12
"""More than fit before a block whose height is decided is given up: their pauses alone take 0.12 s."""


def _restarted(is_open: Callable[[], bool]) -> tuple[Outcome, int]:
    """How a block ends at a daemon that is back at the twelfth attempt, and how many there were."""
    attempts = 0

    async def attempt(block: Block) -> Outcome:
        nonlocal attempts
        attempts += 1
        if attempts < ATTEMPTS:
            raise SourceUnavailableError("the daemon is starting: Verifying blocks")
        return Outcome(OutcomeKind.ACCEPTED)

    delivery = BlockDelivery(attempt, WonBlocks(), RESTARTING)
    return asyncio.run(delivery.deliver(Block(b"", "", 3), is_open)), attempts


def test_a_block_that_may_still_be_the_next_one_waits_for_a_daemon_that_restarts() -> None:
    assert DaemonTimings().submit_deadline_s == 600
    outcome, attempts = _restarted(lambda: True)
    assert (outcome.kind, attempts) == (OutcomeKind.ACCEPTED, ATTEMPTS)


def test_a_block_whose_height_is_decided_is_given_up_earlier_with_its_reason() -> None:
    outcome, attempts = _restarted(lambda: False)
    assert outcome.kind is OutcomeKind.LOST and "Verifying blocks" in outcome.detail
    assert attempts < ATTEMPTS


def test_a_stop_does_not_wait_for_a_daemon_that_restarts_and_opens_the_height_again() -> None:
    async def attempt(block: Block) -> Outcome:
        raise SourceUnavailableError("the daemon is starting: Verifying blocks")

    async def scenario() -> None:
        won = WonBlocks()
        delivery = asyncio.create_task(BlockDelivery(attempt, won, DaemonTimings()).deliver(Block(b"", "", 3)))
        while not won.is_taken(3):
            await asyncio.sleep(0)
        delivery.cancel()
        done, _ = await asyncio.wait({delivery}, timeout=10)
        assert delivery in done and delivery.cancelled() and not won.is_taken(3)

    asyncio.run(scenario())
