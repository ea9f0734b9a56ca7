"""The client's own deadlines and periods, seconds. Every wait has one; tests shorten them.

Sources: protocols of the pools as listed in docs/PROTOCOLS.md; peers without a login time-out hang for ever.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionTimers:
    """`connect_s`, `tls_s`, `login_s`: deadlines of a start. `first_job_s`: a login without a job is left after it.

    `answer_s`: a share without an answer is lost after it. `unacknowledged_s`: bytes that the peer's kernel does not
    confirm end the connection (half-open link). `keepalive_answer_s`: where the pool answers `keepalived`, silence
    after it is death. `no_job_s`: without a job for so long, log in anew on a second connection.
    `replace_s`: a broken session is hashed for no longer while a new one is being made.
    `drain_s`: a planned change keeps the old socket so long for answers, and at least `linger_s` for shares that were
    being checked. `quiet_s`: a better endpoint must have been ready so long before mining returns to it.
    `backoff_s`, `longest_backoff_s`: first and last pause between attempts, +-30 %. `longest_leave_s`: a pool that
    banned us is never left alone for longer.
    """

    connect_s: float = 10.0
    tls_s: float = 10.0
    login_s: float = 15.0
    first_job_s: float = 20.0
    answer_s: float = 30.0
    unacknowledged_s: float = 20.0
    keepalive_answer_s: float = 20.0
    no_job_s: float = 600.0
    replace_s: float = 15.0
    drain_s: float = 10.0
    linger_s: float = 2.0
    quiet_s: float = 60.0
    backoff_s: float = 1.0
    longest_backoff_s: float = 60.0
    longest_leave_s: float = 3600.0
