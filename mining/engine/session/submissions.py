"""Submissions: the shares of one session on their way, each with exactly one outcome.

Owns the mirror of the pool's job ring, the nonces that were sent, the pending answers and the round-trip time. Writes
nothing: it is told what was written and what came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from mining.engine.jobs import Job, Outcome, OutcomeKind, Share
from mining.engine.session.job_ring import JobRing
from mining.engine.session.timers import SessionTimers
from mining.stratum.cryptonote.job import PoolJob
from mining.stratum.profiles import Behaviour

_RTT_WEIGHT = 0.2


@dataclass(slots=True)
class _Pending:
    share: Share
    sent_at: float
    answer: asyncio.Future[Outcome]


class Submissions:
    """`on_outcome` is told each outcome once."""

    def __init__(self, behaviour: Behaviour, timers: SessionTimers, on_outcome: Callable[[Outcome], None]) -> None:
        self.ring: JobRing[PoolJob] = JobRing(
            kept=behaviour.jobs_kept, is_current_height_only=behaviour.is_clean_at_new_height
        )
        self.rtt_ms: float | None = None
        self.unanswered_in_a_row = 0
        self._timers = timers
        self._on_outcome = on_outcome
        self._pending: dict[int, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def sent(self, request_id: int, share: Share, now: float) -> asyncio.Future[Outcome]:
        """Note a written share; the future gives its outcome."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = _Pending(share, now, answer)
        return answer

    def answered(self, request_id: int, outcome: Callable[[float], Outcome], now: float) -> Job | None:
        """End a share with `outcome(round trip in ms)`; returns its job, None for a share that had ended before."""
        self.unanswered_in_a_row = 0
        pending = self._pending.pop(request_id, None)
        if pending is None:
            return None
        rtt_ms = (now - pending.sent_at) * 1000
        self.rtt_ms = rtt_ms if self.rtt_ms is None else self.rtt_ms + _RTT_WEIGHT * (rtt_ms - self.rtt_ms)
        self._end(pending, outcome(round(rtt_ms, 1)))
        return pending.share.job

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

    def _end(self, pending: _Pending, outcome: Outcome) -> None:
        if not pending.answer.done():
            pending.answer.set_result(outcome)
        self._on_outcome(outcome)
