"""Submissions: the shares of one session on their way, each with exactly one outcome.

Owns the mirror of the pool's job ring, the nonces that were sent, the pending answers and the round-trip time. Writes
nothing: it is told what was written and what came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mining.engine.jobs import Outcome, OutcomeKind, Share
from mining.engine.session.dialects.base import Work
from mining.engine.session.job_ring import JobRing
from mining.engine.session.pending import PendingShare
from mining.engine.session.timers import SessionTimers
from mining.stratum.profiles import Behaviour
from mining.stratum.reasons import DUPLICATE, Reason

_RTT_WEIGHT = 0.2


class Submissions:
    """`on_outcome` is told each outcome once."""

    def __init__(self, behaviour: Behaviour, timers: SessionTimers, on_outcome: Callable[[Outcome], None]) -> None:
        self.ring: JobRing[Work] = JobRing(
            kept=behaviour.jobs_kept, is_current_height_only=behaviour.is_clean_at_new_height
        )
        self.rtt_ms: float | None = None
        self.unanswered_in_a_row = 0
        self._timers = timers
        self._on_outcome = on_outcome
        self._pending: dict[int, PendingShare] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def sent(self, request_id: int, share: Share, now: float) -> asyncio.Future[Outcome]:
        """Note a written share; the future gives its outcome."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = PendingShare(share, now, answer)
        return answer

    def resent(self, request_id: int, pending: PendingShare, now: float) -> None:
        """Note a share that was written once more, in the resumed session."""
        pending.sent_at, pending.is_resent = now, True
        self._pending[request_id] = pending

    def answered(self, request_id: int, reason: Reason | None, message: str, now: float) -> PendingShare | None:
        """End a share with the pool's answer (`reason` None: accepted); None for one that had ended before.

        A share that was sent once more and is called a duplicate had been credited the first time.
        """
        self.unanswered_in_a_row = 0
        pending = self._pending.pop(request_id, None)
        if pending is None:
            return None
        rtt_ms = (now - pending.sent_at) * 1000
        self.rtt_ms = rtt_ms if self.rtt_ms is None else self.rtt_ms + _RTT_WEIGHT * (rtt_ms - self.rtt_ms)
        rtt_ms = round(rtt_ms, 1)
        if reason is None:
            outcome = Outcome(OutcomeKind.ACCEPTED, rtt_ms=rtt_ms)
        elif pending.is_resent and reason is DUPLICATE:
            outcome = Outcome(OutcomeKind.ACCEPTED, "already_credited", message, rtt_ms)
        else:
            outcome = Outcome(reason.outcome, reason.key, message, rtt_ms)
        self._end(pending, outcome)
        return pending

    def expire(self, now: float) -> None:
        """End the shares whose answer is overdue: lost, never sent again."""
        limit_s = self._timers.answer_s
        for number in [number for number, each in self._pending.items() if now - each.sent_at > limit_s]:
            self.unanswered_in_a_row += 1
            detail = f"no answer within {limit_s:g} s; it may have been credited and is not sent again"
            self._end(self._pending.pop(number), Outcome(OutcomeKind.LOST, "no_answer", detail))

    def lose_all(self, reason: str, detail: str) -> None:
        """The socket is gone: whatever is pending is lost, and never sent again."""
        pending, self._pending = self._pending, {}
        for each in pending.values():
            self._end(each, Outcome(OutcomeKind.LOST, reason, detail))

    def take_resendable(self) -> list[PendingShare]:
        """Return the pending shares that were written once only, and let go of them."""
        taken = {number: each for number, each in self._pending.items() if not each.is_resent}
        for number in taken:
            del self._pending[number]
        return list(taken.values())

    def _end(self, pending: PendingShare, outcome: Outcome) -> None:
        pending.end(outcome)
        self._on_outcome(outcome)
