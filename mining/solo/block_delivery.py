"""Deliver a found block to monerod and learn how it ended. Owns the retries of one submission, nothing of the jobs.

`submit_block` says OK to duplicates and to alternative blocks too, so only the header of the main chain at our height
proves acceptance. A daemon that is away is tried until the deadline: a found block is worth more than a tidy error.
Submitting the same block again is harmless, so an attempt whose answer was lost is simply made anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mining.engine.jobs import Outcome, OutcomeKind
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.http_client import HttpDeadlines
from mining.solo.monero_work import Block
from mining.solo.monerod_rpc import (
    BLOCK_NOT_ACCEPTED,
    CORE_BUSY,
    WRONG_BLOCK_BLOB,
    BlockHeader,
    DaemonRefusalError,
    MonerodRpc,
)
from mining.solo.won_blocks import WonBlock, WonBlocks

ORPHANED = "orphaned"
NO_ANSWER = "no answer"
REASON_OF_REFUSAL = {BLOCK_NOT_ACCEPTED: "block not accepted", WRONG_BLOCK_BLOB: "wrong block blob"}
OTHER_REFUSAL = "refused by the daemon"
TOLERATED_REJECTIONS = 3


@dataclass(frozen=True, slots=True)
class MonerodTimings:
    """Deadlines and pauses in seconds. `silence_s`: how long to go on hashing without news from the daemon."""

    deadlines: HttpDeadlines = field(default_factory=HttpDeadlines)
    backoff_first_s: float = 1.0
    backoff_max_s: float = 15.0
    backoff_jitter: float = 0.2
    silence_s: float = 10.0
    submit_deadline_s: float = 60.0
    submit_retry_s: float = 1.0

    def backoff_s(self, failures: int) -> float:
        """Pause after the n-th failure in a row: 1, 2, 4 … 15 s."""
        return min(self.backoff_max_s, self.backoff_first_s * (1 << min(failures - 1, 16)))


class BlockDelivery:
    """Submits blocks, one for each height at a time (the caller asks `WonBlocks.is_taken` first)."""

    def __init__(self, rpc: MonerodRpc, won: WonBlocks, timings: MonerodTimings) -> None:
        self._rpc = rpc
        self._won = won
        self._timings = timings
        self._rejections = 0

    async def deliver(self, block: Block) -> Outcome:
        """Submit until there is a verdict or the deadline passes. Never raises for trouble on the link."""
        trouble = ""
        self._won.submission_begins(block.height)
        try:
            async with asyncio.timeout(self._timings.submit_deadline_s):
                if self._rejections >= TOLERATED_REJECTIONS:
                    await asyncio.sleep(self._timings.backoff_s(self._rejections - TOLERATED_REJECTIONS + 1))
                while True:
                    try:
                        return self._counted(await self._attempt(block))
                    except (SourceUnavailableError, LoginRefusedError) as error:
                        trouble = error.sentence
                    await asyncio.sleep(self._timings.submit_retry_s)
        except TimeoutError:
            return Outcome(OutcomeKind.LOST, NO_ANSWER, trouble or "the daemon did not answer in time")
        finally:
            self._won.submission_ends(block.height)

    async def _attempt(self, block: Block) -> Outcome:
        """Submit once and look the height up. Raises SourceUnavailableError when there is no verdict."""
        clock = asyncio.get_running_loop().time
        started_at = clock()
        refusal: DaemonRefusalError | None = None
        try:
            await self._rpc.submit_block(block.blob)
        except DaemonRefusalError as error:
            if error.number == CORE_BUSY:
                raise
            refusal = error
        rtt_ms = (clock() - started_at) * 1000
        header = await self._rpc.block_header(block.height)
        if header is not None and header.hash == block.block_id and not header.orphan_status:
            self._won.accepted(WonBlock(block.height, block.block_id))
            return Outcome(OutcomeKind.ACCEPTED, "", f"block {block.block_id} at height {block.height}", rtt_ms)
        return _rejected(block, refusal, header, rtt_ms)

    def _counted(self, outcome: Outcome) -> Outcome:
        """Remember rejections in a row: a daemon that refuses everything is not hammered."""
        self._rejections = 0 if outcome.kind is OutcomeKind.ACCEPTED else self._rejections + 1
        return outcome


def _rejected(block: Block, refusal: DaemonRefusalError | None, header: BlockHeader | None, rtt_ms: float) -> Outcome:
    if refusal is not None:
        reason = REASON_OF_REFUSAL.get(refusal.number, OTHER_REFUSAL)
        return Outcome(OutcomeKind.REJECTED, reason, f"{refusal.message} (error {refusal.number})", rtt_ms)
    winner = f"went to block {header.hash}" if header is not None else "is not in the chain"
    detail = f"height {block.height} {winner}, not to our block {block.block_id}"
    return Outcome(OutcomeKind.REJECTED, ORPHANED, detail, rtt_ms)
