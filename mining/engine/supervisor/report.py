"""NodeReport: the Node as one Frame. Reads what the Supervisor and its parts hold; changes nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mining.algorithms.registry import algorithm_named
from mining.engine.alerts import AlertList
from mining.engine.dispatcher import Published
from mining.engine.plan import Plan
from mining.engine.sources.base import SessionFacts
from mining.engine.supervisor.identity import Identity, payee_of
from mining.engine.supervisor.link_state import LinkState
from mining.engine.supervisor.run import Run
from mining.engine.supervisor.session_book import SessionBook
from mining.engine.supervisor.stretch import Stretch
from mining.telemetry.frame import Frame, Intensity, JobRow
from mining.telemetry.frames import FrameParts, shares_row
from mining.telemetry.luck import luck_of, next_share

NO_ENDPOINT = "–"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """Over the parts that live as long as the Supervisor."""

    identity: Identity
    parts: FrameParts
    run: Run
    link: LinkState
    alerts: AlertList
    sessions: SessionBook

    def frame(self, plan: Plan, stretch: Stretch | None, *, seq: int, state: tuple[str, str]) -> Frame:
        """The Node now. `state`: its state and the reason for it. What is mined, and for whom, is that of the jobs that
        the cores have, also while a change of the plan is under way."""
        now = time.monotonic()
        crew = stretch.crew if stretch is not None else None
        dispatcher = stretch.dispatcher if stretch is not None else None
        current = dispatcher.current if dispatcher is not None else None
        difficulty = current.job.difficulty if current is not None else None
        expected = self.run.expected_shares + (dispatcher.expected_shares if dispatcher is not None else 0.0)
        candidates, shares = shares_row(self.run.tally, plan.algorithm)
        mined = stretch.mined if stretch is not None else plan
        rates = self.parts.rates()
        return Frame(
            node_id=self.identity.node_id,
            epoch=self.identity.epoch,
            seq=seq,
            at=time.time(),
            state=state[0],
            state_reason=state[1],
            plan_version=plan.version,
            algorithm=mined.algorithm,
            coin=mined.coin,
            payee=payee_of(mined),
            offline=mined.kind == "offline",
            hashrate_hps=rates,
            cores=self.parts.cores(crew, now),
            intensity=Intensity(
                commanded=plan.intensity,
                achieved=self.parts.achieved(len(crew.wanted)) if crew is not None else None,
            ),
            candidates=candidates,
            shares=shares,
            luck=luck_of(self.run.tally.found, expected),
            session=self.link.row(
                facts_of(stretch),
                self.sessions,
                pool=mined.kind,
                endpoint=endpoint_of(stretch),
                difficulty=_shown_difficulty(current),
            ),
            memory=self.parts.memory(crew, plan.mode if algorithm_named(plan.algorithm).has_modes else "none"),
            system=self.parts.system(),
            next_share_s=next_share(difficulty, rates.s60 if state[0] == "mining" else None),
            job=None if current is None else _job_row(current, now),
            pins=plan.pins,
            alerts=self.alerts.rows(),
        )


def facts_of(stretch: Stretch | None) -> SessionFacts | None:
    """What the job source tells of its sessions."""
    return stretch.source.facts if stretch is not None and stretch.source is not None else None


def endpoint_of(stretch: Stretch | None) -> str:
    """Where the jobs come from, for people; never with a password."""
    return stretch.source.endpoint if stretch is not None and stretch.source is not None else NO_ENDPOINT


def _shown_difficulty(current: Published | None) -> float | None:
    """The difficulty as the pool counts it, where that is not in hashes."""
    if current is None:
        return None
    job = current.job
    return job.difficulty if job.pool_difficulty is None else job.pool_difficulty


def _job_row(current: Published, now: float) -> JobRow:
    return JobRow(
        id=current.job.job_id,
        height=current.job.height,
        age_s=round(now - current.at, 1),
        algorithm=current.job.algorithm,
        seed=current.job.seed.hex() or None,
    )
