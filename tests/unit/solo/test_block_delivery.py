"""What is remembered from one delivered block to the next."""

from __future__ import annotations

import asyncio

from mining.engine.jobs import Outcome, OutcomeKind
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
