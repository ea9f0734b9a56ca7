"""LinkState: the link to the job source as it was told last, and how often it came back."""

from __future__ import annotations

from dataclasses import dataclass

from mining.engine.jobs import Link
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.session_book import SessionBook
from mining.telemetry.frame import SessionRow


@dataclass(slots=True)
class LinkState:
    """`cause` is the named reason of the last loss, a sentence; it stays when the link is back."""

    link: Link = Link.DOWN
    cause: str | None = None
    reauths: int = 0

    def changed(self, link: Link, cause: str | None) -> None:
        """The source tells a new state."""
        if link is Link.READY and self.cause and self.link is not Link.READY:
            self.reauths += 1
        self.link = link
        self.cause = cause or self.cause

    def reset(self) -> None:
        """The source is gone: nothing is known of the next one."""
        self.link, self.cause, self.reauths = Link.DOWN, None, 0

    def row(
        self,
        facts: SessionFacts | None,
        sessions: SessionBook,
        *,
        pool: str,
        endpoint: str,
        difficulty: float | None,
    ) -> SessionRow:
        """The session row of a Frame. A source that counts its sessions itself (`facts`) knows better."""
        if facts is None:
            facts = SessionFacts(reauths=self.reauths, last_cause=self.cause)
        return SessionRow(
            pool=facts.pool or pool,
            endpoint=endpoint,
            link=self.link.value,
            generation=facts.generation,
            tls=facts.is_tls,
            rtt_ms=facts.rtt_ms,
            difficulty=difficulty,
            standby=facts.standby,
            failovers=facts.failovers,
            reauths=facts.reauths,
            last_cause=facts.last_cause,
            serial=sessions.serial,
            shares=sessions.shares,
        )
