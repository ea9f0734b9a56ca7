"""Deliver a found block to a daemon and learn how it ended. Owns the retries of one submission, nothing of the jobs.

What an attempt proves is the daemon's own matter (`SoloDaemon.submit`). A daemon that is away is tried until the
deadline, which outlasts its restart: a found block is worth more than a tidy error. Once the chain is known to have
moved on it is not tried for that long. Submitting the same block again is harmless, so an attempt whose answer was lost
is simply made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mining.engine.jobs import Outcome, OutcomeKind
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.block import Block
from mining.solo.http_client import HttpDeadlines
from mining.solo.won_blocks import WonBlock, WonBlocks

NO_ANSWER = "no answer"
TOLERATED_REJECTIONS = 3


@dataclass(frozen=True, slots=True)
class DaemonTimings:
    """Deadlines and pauses in seconds. `silence_s`: how long to go on hashing without news from the daemon.

    `submit_deadline_s`: how long a block is submitted that may still be the next one, `submit_decided_s`: any other.
    """

    deadlines: HttpDeadlines = field(default_factory=HttpDeadlines)
    backoff_first_s: float = 1.0
    backoff_max_s: float = 15.0
    backoff_jitter: float = 0.2
    silence_s: float = 10.0
    submit_deadline_s: float = 600.0
    submit_decided_s: float = 60.0
    submit_retry_s: float = 1.0

    def backoff_s(self, failures: int) -> float:
        """Pause after the n-th failure in a row: 1, 2, 4 … 15 s."""
        return min(self.backoff_max_s, self.backoff_first_s * (1 << min(failures - 1, 16)))


class BlockDelivery:
    """Submits blocks, one for each height at a time (the caller asks `WonBlocks.is_taken` first).

    `attempt` submits once and says how it ended; it raises SourceUnavailableError when there is no verdict.
    """

    def __init__(self, attempt: Callable[[Block], Awaitable[Outcome]], won: WonBlocks, timings: DaemonTimings) -> None:
        self._attempt = attempt
        self._won = won
        self._timings = timings
        self._rejections = 0

    async def deliver(self, block: Block, is_open: Callable[[], bool] = lambda: True) -> Outcome:
        """Submit until there is a verdict or the deadline passes. Never raises for trouble on the link.

        `is_open`: whether the block may still be the next of the tip, as far as is known.
        """
        trouble, clock = "", asyncio.get_running_loop().time
        decided_at = clock() + self._timings.submit_decided_s
        self._won.submission_begins(block.height)
        try:
            async with asyncio.timeout(self._timings.submit_deadline_s):
                if self._rejections >= TOLERATED_REJECTIONS:
                    await asyncio.sleep(self._timings.backoff_s(self._rejections - TOLERATED_REJECTIONS + 1))
                while True:
                    try:
                        return self._noted(block, await self._attempt(block))
                    except (SourceUnavailableError, LoginRefusedError) as error:
                        trouble = error.sentence
                    if clock() >= decided_at and not is_open():
                        return Outcome(OutcomeKind.LOST, NO_ANSWER, trouble)
                    await asyncio.sleep(self._timings.submit_retry_s)
        except TimeoutError:
            return Outcome(OutcomeKind.LOST, NO_ANSWER, trouble or "the daemon did not answer in time")
        finally:
            self._won.submission_ends(block.height)

    def _noted(self, block: Block, outcome: Outcome) -> Outcome:
        """Remember the block, or rejections in a row: a daemon that refuses everything is not hammered.

        A block that came second is no rejection: it must not slow down the next one.
        """
        if outcome.kind is OutcomeKind.ACCEPTED:
            self._won.accepted(WonBlock(block.height, block.block_id))
            self._rejections = 0
        elif outcome.kind is OutcomeKind.REJECTED:
            self._rejections += 1
        return outcome
