"""The desk of one session: shares go out through it, answers come back, and what was cut off is sent once more.

It writes through the connection and decides nothing about it: a refused share gives a `Step` to carry out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mining.engine.jobs import Job, Outcome, OutcomeKind, Share
from mining.engine.session.dialects.base import Dialect, ShareAnswered
from mining.engine.session.endpoint_memory import EndpointMemory, LostSession
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.reactions import STAY, Step, step_for_share, step_for_words
from mining.engine.session.resumption import send_again
from mining.engine.session.submissions import Submissions
from mining.engine.session.timers import SessionTimers
from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.errors import UseError
from mining.stratum.reasons import DUPLICATE


class ShareDesk:
    """`write` sends a line, `on_outcome` is told each outcome once."""

    def __init__(
        self,
        plan: ConnectionPlan,
        dialect: Dialect,
        memory: EndpointMemory,
        timers: SessionTimers,
        *,
        write: Callable[[bytes], None],
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.shares = Submissions(plan.behaviour, timers, on_outcome)
        self._plan = plan
        self._dialect = dialect
        self._memory = memory
        self._write = write
        self._low_in_a_row = 0
        self._lost: LostSession | None = None
        self._resumed: LostSession | None = None

    # --- shares -----------------------------------------------------------------------------------------------

    def knows(self, job: Job) -> bool:
        """Whether the pool would know a share of this job."""
        work = self.shares.ring.get(job.job_id)
        return work is not None and self._dialect.is_work_of(work, job)

    def submit(self, share: Share, now: float) -> asyncio.Future[Outcome]:
        """Write a share of a known job, if it was not sent before; the future gives its one outcome."""
        job, ring = share.job, self.shares.ring
        work = ring.get(job.job_id)
        assert work is not None
        if not ring.mark_sent(job.job_id, share.nonce, job.blob if job.extranonce2 else b""):
            return ended(OutcomeKind.LOST, "duplicate_not_sent", "this nonce of its job had been sent before")
        try:
            request = self._dialect.submit(work, share)
        except UseError as error:
            return ended(OutcomeKind.LOST, error.code, error.sentence)
        answer = self.shares.sent(request.request_id, share, now)
        self._write(request.line)
        return answer

    def answered(self, event: ShareAnswered, newest: Job | None, now: float) -> tuple[Step, Job | None]:
        """End a share with its answer; returns what follows, and the share's job if it was still waited for.

        An answer that comes after its share was lost tells of the session nevertheless.
        """
        reason, message = event.reason, event.message
        pending = self.shares.answered(event.request_id, reason, message, now)
        if reason is None:
            self._low_in_a_row = 0
            return STAY, None
        label, behaviour = self._plan.endpoint.label, self._plan.behaviour
        said = f"{label} answered {message!r} to a share"
        if pending is None:
            return step_for_words(reason, said, behaviour), None
        if pending.is_resent and reason is DUPLICATE:
            return STAY, None
        job = pending.share.job
        is_current = newest is not None and job.job_id == newest.job_id
        step = step_for_share(reason, said, behaviour, is_current=is_current, low_in_a_row=self._low_in_a_row)
        self._low_in_a_row += step.counts_low
        return step, job

    def lose_all(self) -> None:
        """The socket is closed: shares without an answer are lost."""
        if self._lost is not None:  # the login came to nothing: the next one may yet resume it
            self._memory.session_lost(self._lost)
            self._lost = None
        if self._resumed is not None:
            self._resumed.give_up()
        self.shares.lose_all("connection_closed", "the session ended before the answer came; it may have been credited")

    # --- a session that goes on -------------------------------------------------------------------------------

    def ask_back(self) -> Subscription | None:
        """Return what to ask the pool for, where the last session at this endpoint broke."""
        self._lost = self._memory.take_lost(self._plan.endpoint.label)
        return None if self._lost is None else self._lost.subscription

    def logged_in(self, is_resumed: bool) -> None:
        """The pool gave the lost session back, or a new one."""
        lost, self._lost = self._lost, None
        if lost is not None and is_resumed:
            self.shares.ring, self._resumed = lost.ring, lost
        elif lost is not None:
            lost.give_up()

    def go_on(self, now: float) -> None:
        """The first job of this connection is in the ring: send what is still good of the resumed session."""
        resumed, self._resumed = self._resumed, None
        if resumed is not None:
            send_again(resumed, self._dialect, self.shares, write=self._write, now=now)

    def keep_for_resumption(self) -> None:
        """The socket broke: the next connection may get the session back, where the dialect has such a thing."""
        subscription = self._dialect.subscription
        if subscription is not None:
            shares = self.shares.take_resendable()
            lost = LostSession(self._plan.endpoint.label, subscription, self.shares.ring, shares)
            self._memory.session_lost(lost)


def ended(kind: OutcomeKind, reason: str, detail: str) -> asyncio.Future[Outcome]:
    """Return the future of a share that is not sent."""
    answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    answer.set_result(Outcome(kind, reason, detail))
    return answer
