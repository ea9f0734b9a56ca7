"""A share that was written to a pool and waits for its answer: exactly one outcome comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from mining.engine.jobs import Outcome, OutcomeKind, Share


@dataclass(slots=True)
class PendingShare:
    """`sent_at`: monotonic seconds of the last writing. `is_resent`: it was written a second time, in the resumed
    session; a third time there is never."""

    share: Share
    sent_at: float
    answer: asyncio.Future[Outcome]
    is_resent: bool = False

    def end(self, outcome: Outcome) -> None:
        """Give it its outcome; one that was cancelled by its owner has one already."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def lose(self, reason: str, detail: str) -> None:
        """No answer will come any more."""
        self.end(Outcome(OutcomeKind.LOST, reason, detail))
