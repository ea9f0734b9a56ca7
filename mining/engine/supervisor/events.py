"""NodeEvents: what a Node tells everyone who watches, one method for each kind of event of the contract but frames."""

from __future__ import annotations

import time
from collections.abc import Callable

import mining
from mining.engine.event_hub import EventHub
from mining.engine.followed_version import Followed
from mining.engine.jobs import Job, Link, Outcome, Share
from mining.engine.plan import Plan
from mining.engine.supervisor.identity import Identity, payee_of
from mining.engine.supervisor.run import Run
from mining.engine.supervisor.session_book import Mined, SessionBook


class NodeEvents:
    """Through the hub, which never waits. `mined` tells what is mined when an event happens."""

    def __init__(self, hub: EventHub, mined: Callable[[], Mined]) -> None:
        self._hub = hub
        self._mined = mined
        self.sessions = SessionBook()

    def start(self, identity: Identity, plan: Plan) -> None:
        """Who mines what for whom, and where each setting came from."""
        payee = payee_of(plan)
        self._hub.emit(
            "start",
            version=mining.__version__,
            node_id=identity.node_id,
            epoch=identity.epoch,
            payee={"address_masked": payee.address_masked, "source": payee.source},
            offline=plan.kind == "offline",
            coin=plan.coin,
            algorithm=plan.algorithm,
            endpoint=", ".join(endpoint.label for endpoint in plan.endpoints) or "offline",
            cores=list(plan.cores),
            sources=plan.sources,
        )

    def log(self, level: str, sentence: str) -> None:
        """One sentence. `level`: info, warning, error."""
        self._hub.emit("log", level=level, sentence=sentence)

    def session(self, link: Link, endpoint: str, cause: str | None) -> None:
        """The link to the job source changed.

        `session` counts the sessions of this Supervisor, `generation` those of the source; `login` is masked.
        """
        plan, facts = self._mined().plan, self._mined().facts
        note = self.sessions.link_changed(link, endpoint, plan)
        self._hub.emit(
            "session",
            link=link.value,
            endpoint=endpoint,
            cause=cause,
            session=note.serial,
            generation=facts.generation if facts is not None else 0,
            source=plan.kind,
            profile=facts.pool if facts is not None else "",
            tls=facts.is_tls if facts is not None else False,
            login=facts.login if facts is not None else "",
            coin=plan.coin,
            algorithm=plan.algorithm,
            plan_version=plan.version,
        )

    def job(self, job: Job, endpoint: str) -> None:
        """The workers have a new job."""
        self.sessions.job_given(job, self._mined().plan)
        self._hub.emit(
            "job",
            id=job.job_id,
            height=job.height,
            difficulty=job.difficulty,
            algorithm=job.algorithm,
            endpoint=endpoint,
        )

    def share(self, share: Share, outcome: Outcome, job_age_s: float) -> None:
        """A share ended.

        `job_age_s`: from the job's arrival to the find. `found_at`: monotonic seconds, `found_unix_s` the same by the
        clock. `check_ms`: our own re-hash, with the wait for its turn. `session`, `endpoint`, `coin` and
        `plan_version` are those of its job.
        """
        note = self.sessions.share_ended(share, outcome, time.time())
        self._hub.emit(
            "share",
            generation=share.generation,
            job=share.job.job_id,
            nonce=share.nonce,
            core=share.core,
            difficulty=share.job.difficulty,
            outcome=outcome.kind.value,
            reason=outcome.reason,
            detail=outcome.detail,
            rtt_ms=outcome.rtt_ms,
            job_age_s=round(job_age_s, 3),
            found_at=round(share.found_at, 6),
            check_ms=round(share.check_s * 1000, 1),
            found_unix_s=round(time.time() - (time.monotonic() - share.found_at), 3),
            algorithm=share.job.algorithm,
            coin=note.coin,
            height=share.job.height,
            pool_difficulty=share.job.pool_difficulty,
            session=note.serial,
            endpoint=note.endpoint,
            plan_version=note.plan_version,
        )

    def worker(self, core: int, state: str, exit_text: str, restarts: int) -> None:
        """A worker was started, ended or was put aside."""
        self._hub.emit("worker", core=core, state=state, exit=exit_text or None, restarts=restarts)

    def algorithm(self, before: str, after: str, gap_s: float | None) -> None:
        """Another algorithm is mined. `gap_s`: from the last hash to the first one, None while nothing is hashed."""
        self._hub.emit("algorithm", **{"from": before, "to": after, "gap_s": gap_s})

    def plan(self, followed: Followed, pinned: dict[str, str]) -> None:
        """A receipt for a console's plan. `pinned`: pins of this Node that hide keys of the plan, with their source."""
        self._hub.emit(
            "plan",
            version=followed.version,
            digest=followed.digest,
            state=followed.state,
            reason=followed.reason,
            pinned=pinned,
        )

    def end(self, run: Run) -> None:
        """The totals, and the goodbye."""
        self._hub.emit("summary", **run.summary())
        self._hub.emit("bye", exit_code=int(run.exit_code))
