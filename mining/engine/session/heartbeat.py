"""Heartbeat: keeps a session alive at its pool, and says when it must be made anew. Pure: time comes in.

Pools forget a miner by timers that differ in what refreshes them (docs/PROTOCOLS.md): any line, only a share, or
`getjob` but not `keepalived`. Where nothing refreshes a timer, a new login on a second connection comes before it.
"""

from __future__ import annotations

from enum import Enum

from mining.engine.session.problems import LinkError
from mining.engine.session.timers import SessionTimers
from mining.stratum.profiles import Behaviour

_MARGIN = 0.8
"""Share of a pool's limit after which we act."""


class Beat(Enum):
    """What to send now."""

    KEEPALIVE = "keepalived"
    GETJOB = "getjob"


class Heartbeat:
    """One session's timers. All times are monotonic seconds. `beat_factor`: heartbeats are so many times rarer than the
    behaviour says."""

    def __init__(self, label: str, behaviour: Behaviour, timers: SessionTimers, *, beat_factor: int = 1) -> None:
        self._label = label
        self._behaviour = behaviour
        self._timers = timers
        self._ready_at = self._job_at = self._submit_at = self._keepalive_at = self._getjob_at = 0.0
        self._beat_factor = beat_factor
        self._asked_at: float | None = None
        self._jobless_since: float | None = None
        self._has_accepted = False

    def started(self, now: float) -> None:
        """The session is ready."""
        self._ready_at = self._submit_at = self._keepalive_at = self._getjob_at = now

    def job_came(self, now: float) -> None:
        """The pool sent a job, also one that came before."""
        self._job_at = now
        self._jobless_since = None

    def job_dropped(self, now: float) -> None:
        """The pool does not know its newest job any more: the next one is due soon."""
        if self._jobless_since is None:
            self._jobless_since = now

    def submitted(self, now: float) -> None:
        """A share was written."""
        self._submit_at = now

    def accepted(self) -> None:
        """A share was accepted."""
        self._has_accepted = True

    def answered(self) -> None:
        """The pool answered a heartbeat, with whatever."""
        self._asked_at = None

    def asked_for_job(self, now: float) -> None:
        """A `getjob` was written."""
        self._getjob_at = now

    def beats(self, now: float) -> list[Beat]:
        """Return what is due, and count it as sent."""
        due = []
        every_s, getjob_s = self._behaviour.keepalive_every_s, self._behaviour.getjob_after_s
        if every_s is not None and now - self._keepalive_at >= every_s * self._beat_factor:
            self._keepalive_at = now
            self._asked_at = now if self._asked_at is None else self._asked_at
            due.append(Beat.KEEPALIVE)
        if getjob_s is not None and now - max(self._submit_at, self._getjob_at) >= getjob_s:
            self._getjob_at = now
            due.append(Beat.GETJOB)
        return due

    def death(self, now: float) -> LinkError | None:
        """Return the error of a pool that answers no heartbeat any more."""
        if self._asked_at is None or now - self._asked_at <= self._timers.keepalive_answer_s:
            return None
        waited_s, self._asked_at = now - self._asked_at, None
        if not self._behaviour.is_keepalive_answered:
            return None
        return LinkError(f"{self._label} has not answered a heartbeat for {waited_s:.0f} s", code="silent")

    def renewal(self, now: float) -> LinkError | None:
        """Return why a new session should be made on a second connection now."""
        if now - self._job_at >= self._timers.no_job_s:
            return LinkError(f"{self._label} sent no job for {self._timers.no_job_s:g} s", code="no_job")
        if self._jobless_since is not None and now - self._jobless_since >= self._timers.first_job_s:
            self._jobless_since = now
            said = f"{self._label} dropped its job and sent no other for {self._timers.first_job_s:g} s"
            return LinkError(said, code="no_job")
        limit_s = self._near_limit_s(now)
        if limit_s is None:
            return None
        said = f"no share for {limit_s:g} s, logging in anew before {self._label} ends the session"
        return LinkError(said, code="renewed")

    def _near_limit_s(self, now: float) -> float | None:
        """The pool's limit, less the margin, that has come and that no heartbeat moves away."""
        behaviour = self._behaviour
        first = behaviour.first_share_limit_s
        if first is not None and not self._has_accepted and now - self._ready_at >= first * _MARGIN:
            return first * _MARGIN
        is_refreshed = behaviour.getjob_after_s is not None or (
            behaviour.is_keepalive_heartbeat and behaviour.keepalive_every_s is not None
        )
        idle = behaviour.idle_limit_s
        if idle is not None and not is_refreshed and now - self._submit_at >= idle * _MARGIN:
            return idle * _MARGIN
        return None
