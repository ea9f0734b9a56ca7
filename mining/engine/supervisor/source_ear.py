"""SourceEar: what a job source says, heard for a Node: jobs, the end of work, the link. Implements SourceSink."""

from __future__ import annotations

from collections.abc import Callable

from mining.engine.alerts import AlertList
from mining.engine.jobs import Job, Link
from mining.engine.plan import Plan
from mining.engine.supervisor.events import NodeEvents
from mining.engine.supervisor.link_state import LinkState
from mining.engine.supervisor.report import endpoint_of
from mining.engine.supervisor.stretch import Stretch
from mining.errors import ConfigurationError, MinerConsoleError


class SourceEar:
    """`stretch` gives the stretch of mining now, None without one; `mined` the plan whose jobs the cores have;
    `plan_failed` is told what a plan under test can never do."""

    def __init__(
        self,
        *,
        stretch: Callable[[], Stretch | None],
        mined: Callable[[], Plan],
        plan_failed: Callable[[MinerConsoleError], object],
        link: LinkState,
        alerts: AlertList,
        events: NodeEvents,
    ) -> None:
        self._stretch = stretch
        self._mined = mined
        self._plan_failed = plan_failed
        self._link = link
        self._alerts = alerts
        self._events = events

    def job_received(self, job: Job) -> None:
        """A new job."""
        stretch, mined = self._stretch(), self._mined()
        if job.algorithm != mined.algorithm:
            sentence = (
                f"{endpoint_of(stretch)} sent a {job.algorithm} job, but {mined.coin} is mined with "
                f"{mined.algorithm}; it was refused"
            )
            self._alerts.raise_("wrong_algorithm", "error", sentence)
            self._events.log("error", sentence)
            self._plan_failed(ConfigurationError(sentence, code="wrong_algorithm"))
            return
        self._alerts.lower("wrong_algorithm")
        if stretch is not None and stretch.dispatcher is not None:
            stretch.dispatcher.job_received(job)

    def jobs_invalidated(self, reason: str) -> None:
        """No work for now."""
        stretch = self._stretch()
        dispatcher = stretch.dispatcher if stretch is not None else None
        if dispatcher is None:
            return
        had_work = dispatcher.current is not None
        dispatcher.invalidate()  # also a job that waits for memory that is being built
        if had_work and self._link.link is not Link.READY:  # otherwise the next job follows at once
            self._events.log("info", f"no work: {reason}")

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        """The state of the link."""
        self._link.changed(link, cause)
        if link is Link.READY:
            self._alerts.lower("source_down")
        elif cause:
            self._alerts.raise_("source_down", "warning", cause)
        self._events.session(link, endpoint, cause)

    def memory_disputed(self, reason: str) -> None:
        """A pool computes other hashes than we do; the memory is built anew before more is sent."""
        self._alerts.raise_("memory_disputed", "warning", reason)
        self._events.log("warning", f"{reason}; building the RandomX memory anew")
        stretch = self._stretch()
        if stretch is not None and stretch.dispatcher is not None:
            stretch.dispatcher.rebuild()
