"""What the engine expects of a job source, and what a source may tell the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mining.engine.jobs import Job, Link, Outcome, Share


class SourceSink(Protocol):
    """The engine's side: called by a source from the event loop, returns at once."""

    def job_received(self, job: Job) -> None:
        """Replace the current job. When `job.is_clean`, candidates of older jobs are stale from now on."""

    def jobs_invalidated(self, reason: str) -> None:
        """There is nothing worth hashing now (link lost, height just won): stop handing out work until a new job."""

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        """Tell the state of the link. `cause` is the named reason of a loss, a sentence a person understands."""

    def memory_disputed(self, reason: str) -> None:
        """A pool computes other hashes than we do, again and again: build the RandomX memory anew before going on."""


@dataclass(slots=True)
class SessionFacts:
    """What Frame and status show of a link. `pool` is the key of its profile, `login` is masked.

    `reauths`: logins after the first at one endpoint. `last_code`: of `last_cause`, stable, "" when it has none."""

    endpoint: str = ""
    pool: str = ""
    generation: int = 0
    is_tls: bool = False
    rtt_ms: float | None = None
    standby: str | None = None
    failovers: int = 0
    reauths: int = 0
    last_cause: str | None = None
    login: str = ""
    last_code: str = ""


class JobSource(Protocol):
    """A pool session, a solo daemon or the offline generator."""

    kind: str
    """`offline`, `daemon` or `pool`."""

    @property
    def endpoint(self) -> str:
        """What people read: host:port, never with a password."""

    @property
    def facts(self) -> SessionFacts | None:
        """What is known of the sessions, None for sources without."""

    async def run(self, sink: SourceSink) -> None:
        """Deliver jobs until cancelled. Trouble that can pass is retried for ever with back-off and told through
        `link_changed`; only permanent errors are raised (LoginRefusedError, ConfigurationError)."""

    def is_stale(self, job: Job) -> bool:
        """Whether a share of `job` could not be credited any more (height already won, session gone)."""

    async def submit(self, share: Share) -> Outcome:
        """Deliver one share and return how it ended. Never raises for trouble on the link: that is LOST."""

    def request_fresh_job(self) -> None:
        """The nonce space of the current job is used up: deliver a job with a fresh extra nonce soon."""

    def notice(self) -> str | None:
        """A sentence that a person should know by now (a block of ours was orphaned), None when there is nothing."""

    async def close(self) -> None:
        """Release sockets. Called once, after the last submit."""
