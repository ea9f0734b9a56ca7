"""SessionBook: which session each job came from, so that a share names the session it was found for. Pure.

A session begins when the link of a job source becomes ready. Sessions of all sources of a Supervisor are counted
together: the generations of a pool source begin anew with each source.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import msgspec

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Plan
from mining.engine.sources.base import SessionFacts
from mining.telemetry.frame import SessionShares

_KEPT_JOBS = 256


@dataclass(frozen=True, slots=True)
class Mined:
    """What is mined now: the plan of the job source, and what it tells of its sessions (None: it has none)."""

    plan: Plan
    facts: SessionFacts | None = None


@dataclass(frozen=True, slots=True)
class SessionNote:
    """One session as a share remembers it. `serial` counts the sessions of a Supervisor from 1 on; 0: not known."""

    serial: int = 0
    endpoint: str = ""
    coin: str = ""
    plan_version: int = 0


class SessionBook:
    """Fed by what the Supervisor is told, in that order."""

    def __init__(self) -> None:
        self._current = SessionNote()
        self._jobs: deque[tuple[Job, SessionNote]] = deque(maxlen=_KEPT_JOBS)
        self._shares = SessionShares()

    @property
    def serial(self) -> int:
        """The newest session."""
        return self._current.serial

    @property
    def shares(self) -> SessionShares:
        """How the shares of the newest session ended."""
        return self._shares

    def link_changed(self, link: Link, endpoint: str, plan: Plan) -> SessionNote:
        """A link that is ready begins a session; returns the newest one."""
        if link is Link.READY:
            self._current = SessionNote(self._current.serial + 1, endpoint, plan.coin, plan.version)
            self._shares = SessionShares()
        return self._current

    def job_given(self, job: Job, plan: Plan) -> None:
        """The cores have this job from now on."""
        self._jobs.append((job, replace(self._current, plan_version=plan.version)))

    def session_of(self, job: Job) -> SessionNote:
        """The session that gave `job`; for a job of long ago, or one that nobody told of, the newest one."""
        return next((note for known, note in reversed(self._jobs) if known is job), self._current)

    def share_ended(self, share: Share, outcome: Outcome, at: float) -> SessionNote:
        """Count a share at its session, if that is the newest one still; returns its session. `at`: Unix seconds."""
        note, before = self.session_of(share.job), self._shares
        if note.serial == self._current.serial:
            word = outcome.kind.value
            worth = share.job.difficulty if outcome.kind is OutcomeKind.ACCEPTED else 0
            self._shares = msgspec.structs.replace(
                before,
                **{word: getattr(before, word) + 1},
                difficulty_accepted=before.difficulty_accepted + worth,
                last_at=round(at, 3),
            )
        return note
