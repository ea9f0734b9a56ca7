"""The shares of a broken Stratum V1 connection, sent once more in the session that the pool gave back.

Only where extranonce1 and its size came back as they were, and only for jobs that the first job of the new connection
left alive (a clean one leaves none but itself). Sent a second time, never a third; "duplicate" then means that the
first one was credited.
"""

from __future__ import annotations

from collections.abc import Callable

from mining.engine.session.dialects.base import Dialect
from mining.engine.session.endpoint_memory import LostSession
from mining.engine.session.submissions import Submissions
from mining.stratum.errors import UseError


def send_again(
    lost: LostSession, dialect: Dialect, shares: Submissions, *, write: Callable[[bytes], None], now: float
) -> None:
    """Write what can still be credited; the rest is lost."""
    pending, lost.shares = lost.shares, []
    for each in pending:
        job = each.share.job
        work = shares.ring.get(job.job_id)
        if each.answer.done():
            continue
        if work is None or not dialect.is_work_of(work, job):
            each.lose("connection_closed", "the session ended before the answer came, and its job is dead")
            continue
        try:
            request = dialect.submit(work, each.share)
        except UseError as error:
            each.lose(error.code, error.sentence)
            continue
        shares.resent(request.request_id, each, now)
        write(request.line)
