"""What is told of the sessions: the facts for Frame and status, and each change of the link, once."""

from __future__ import annotations

from mining.engine.jobs import Link
from mining.engine.session.connection import PoolConnection
from mining.engine.sources.base import SessionFacts, SourceSink


class LinkReport:
    """`facts` are the sessions now; `sink` hears of changes while there is one."""

    def __init__(self, endpoint: str) -> None:
        self.facts = SessionFacts(endpoint=endpoint)
        self.sink: SourceSink | None = None
        self._told: tuple[Link, str, str | None] | None = None

    def tell(self, link: Link, cause: str | None) -> None:
        """Tell a state of the link, if it is another than the last one told."""
        told = (link, self.facts.endpoint, cause)
        if self.sink is not None and told != self._told:
            self._told = told
            self.sink.link_changed(link, endpoint=self.facts.endpoint, cause=cause)

    def activated(self, connection: PoolConnection) -> None:
        """Another session is mined for."""
        facts = self.facts
        facts.endpoint, facts.generation, facts.is_tls = connection.label, connection.generation, connection.is_tls
        facts.login, facts.pool = connection.plan.login.masked, connection.plan.profile
        self.tell(Link.READY, None)

    def refreshed(self, active: PoolConnection | None, standby: PoolConnection | None) -> SessionFacts:
        """Return the facts with what changes by itself."""
        facts = self.facts
        facts.rtt_ms = None if active is None or active.rtt_ms is None else round(active.rtt_ms, 1)
        facts.standby = standby.label if standby is not None else None
        return facts
