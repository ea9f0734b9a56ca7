"""A miner without an engine: the real pool source, real hashes in light mode, in one event loop of its own.

async with SessionMiner(plan_for(pool.url)) as miner:
    await miner.until(lambda: miner.accepted >= 2)
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from mining.configuration.endpoints import parse_endpoint
from mining.engine.dispatcher import with_nonce
from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.plan import Plan
from mining.engine.session.pool_plan import make_pool_source
from mining.engine.session.pool_source import PoolSource
from mining.engine.session.timers import SessionTimers
from tests.support.monerod import WALLET
from tests.support.pools.hashing import Hashed, share_hasher

FAST_TIMERS = SessionTimers(
    connect_s=2.0, tls_s=2.0, login_s=2.0, first_job_s=2.0, answer_s=2.0, keepalive_answer_s=1.0, replace_s=5.0,
    drain_s=1.0, linger_s=0.2, quiet_s=2.0, backoff_s=0.1, longest_backoff_s=0.5, longest_leave_s=1.0,
)  # fmt: skip


def plan_for(*urls: str, profile: str = "auto", **fields: object) -> Plan:
    """A plan for pools on loopback."""
    values: dict[str, object] = {"worker": "rig1", "wallet": WALLET, **fields}
    return Plan(
        kind="pool", coin="XMR", algorithm="rx/0", cores=(0,), pool_profile=profile,
        endpoints=tuple(parse_endpoint(url) for url in urls), **values,  # type: ignore[arg-type]
    )  # fmt: skip


@dataclass(slots=True)
class Ended:
    """One share and how it ended, at a monotonic time."""

    share: Share
    outcome: Outcome
    at: float


@dataclass(slots=True)
class LinkNews:
    """What the source told of its link."""

    link: Link
    endpoint: str
    cause: str | None
    at: float = field(default_factory=time.monotonic)


class SessionMiner:
    """Implements SourceSink; hashes the current job nonce by nonce and submits what it finds.

    `expected_hps` is what the source takes for our rate: so low that pools are asked for a difficulty of a few hashes.
    """

    def __init__(self, plan: Plan, *, timers: SessionTimers = FAST_TIMERS, expected_hps: float = 0.05) -> None:
        self.source: PoolSource = make_pool_source(plan, expected_hps=lambda: expected_hps, timers=timers)
        self.job: Job | None = None
        self.jobs: list[Job] = []
        self.job_times: list[float] = []
        self.ended: list[Ended] = []
        self.news: list[LinkNews] = []
        self.disputes: list[str] = []
        self.found = 0
        self.stale_before_check = 0
        self.error: BaseException | None = None
        self._nonces: dict[object, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- SourceSink -------------------------------------------------------------------------------------------

    def job_received(self, job: Job) -> None:
        self.job = job
        self.jobs.append(job)
        self.job_times.append(time.monotonic())

    def jobs_invalidated(self, reason: str) -> None:
        self.job = None

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        self.news.append(LinkNews(link, endpoint, cause))

    def memory_disputed(self, reason: str) -> None:
        self.disputes.append(reason)

    # --- life -------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._spawn(self._run())
        self._spawn(self._mine())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.source.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self.found == len(self.ended), "each share has exactly one outcome"

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        try:
            await self.source.run(self)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.error = error

    async def _mine(self) -> None:
        while True:
            job = self.job
            if job is None:
                await asyncio.sleep(0.002)
                continue
            nonce = self._take_nonce(job)
            hashed = await self.hashed(job, nonce)
            if int.from_bytes(hashed.result, "little") > job.target:
                continue
            if self.source.is_stale(job):
                self.stale_before_check += 1
                continue
            share = Share(0, job, nonce, hashed.result, 0, time.monotonic(), hashed.raw_hash)
            self._spawn(self._submit(share))

    def _take_nonce(self, job: Job) -> int:
        """The next nonce that was tried neither for these bytes nor for this job of the pool, as the engine's ledger
        gives them: a job that comes again under its id with other bytes goes on."""
        keys = (job.blob, (job.session, job.job_id, job.extranonce2))
        nonce = max(self._nonces.get(key, job.nonce_first) for key in keys)
        self._nonces.update(dict.fromkeys(keys, nonce + 1))
        return nonce

    async def hashed(self, job: Job, nonce: int) -> Hashed:
        """Hash one nonce."""
        return await asyncio.wrap_future(
            share_hasher(job.algorithm).hash(job.algorithm, job.seed, with_nonce(job, nonce))
        )

    async def _submit(self, share: Share) -> None:
        self.found += 1
        outcome = Outcome(OutcomeKind.LOST, "cancelled", "the test ended before an answer came")
        with contextlib.suppress(asyncio.CancelledError):
            outcome = await self.source.submit(share)
        self.ended.append(Ended(share, outcome, time.monotonic()))

    # --- what a test asks -------------------------------------------------------------------------------------

    @property
    def accepted(self) -> int:
        """Shares that the pool accepted."""
        return len(self.outcomes(OutcomeKind.ACCEPTED))

    def knew_newer_job(self, share: Share) -> bool:
        """Whether another job had come here before this share of an older one was found."""
        following = next(place for place, job in enumerate(self.jobs, 1) if job is share.job)
        return following < len(self.jobs) and self.job_times[following] < share.found_at

    def outcomes(self, kind: OutcomeKind) -> list[Ended]:
        """The shares that ended so."""
        return [each for each in self.ended if each.outcome.kind is kind]

    @property
    def causes(self) -> list[str]:
        """The causes that were told, in order."""
        return [news.cause for news in self.news if news.cause]

    async def until(self, is_true: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Poll until it holds; fails with what happened at the deadline."""
        deadline = time.monotonic() + timeout_s
        while not is_true():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout_s:g} s; {self.story()}")
            await asyncio.sleep(0.01)

    def story(self) -> str:
        """What happened, for a failed test."""
        ends = [f"{each.outcome.kind.value}({each.outcome.reason})" for each in self.ended[-12:]]
        links = [f"{news.link.value}: {news.cause}" for news in self.news[-12:]]
        return f"error {self.error!r}, {len(self.jobs)} jobs, shares {ends}, links {links}, facts {self.source.facts}"
