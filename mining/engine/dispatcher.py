"""The dispatcher: the only owner of "the current job".

Theory of operation
-------------------
A job that a source delivers becomes a *generation*: a serial number that is never used again. Its nonce space lies in a
NonceLedger; every wanted slot gets two leases before the generation is published, and one more whenever its counters
show that it works on its last. A core that joins later gets leases of what is left. When the ledger is empty the
source is asked for a job with a fresh extra nonce: nonces never wrap. A job that hashes the same bytes as a recent one
(it came again, or with another target, or in another session) goes on with the ledger of that one.

A job under another seed first takes the work away (an empty generation), then has the Crew rebuild its memory, and is
published when that is done; if a newer job came meanwhile, that one is published instead.

Candidates come back with their generation. Each is counted once, then it is stale (its job cannot be credited any
more), or it is re-hashed by the Verifier. What the re-hash confirms is a share: it is handed to the source, and ends
with exactly one outcome. The re-hashes run one after the other, so that of many candidates for one block only the
first is worth the work.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from mining.algorithms.registry import ALGORITHMS
from mining.engine.boards import BoardJob
from mining.engine.crew import Crew
from mining.engine.jobs import Job, Outcome, OutcomeKind, Share
from mining.engine.lease_grants import LeaseGrants
from mining.engine.leases import NonceLedger
from mining.engine.sources.base import JobSource
from mining.engine.tally import Tally

_KEPT_JOBS = 64
_KEPT_LEDGERS = 16
_MOST_WAITING = 4096  # candidates; a pool that asks for next to nothing finds more than can ever be re-hashed


@dataclass(frozen=True, slots=True)
class Published:
    """A job with the generation and dataset epoch under which it was given out."""

    generation: int
    epoch: int
    job: Job
    at: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nonce that a core reports; the worker had it at `at`, and we at `received_at` (monotonic seconds)."""

    published: Published
    core: int
    nonce: int
    result: bytes
    at: float
    received_at: float


@dataclass(slots=True)
class DispatcherEvents:
    """What the owner is told. `overrun`: more is found for a job than can be checked; told once for each."""

    job: Callable[[Job], None]
    share: Callable[[Share, Outcome, float], None]
    invalid: Callable[[int, str], None]
    preparing: Callable[[bool], None]
    overrun: Callable[[str], None] = lambda sentence: None


class Dispatcher:
    """Between one source and one Crew."""

    def __init__(
        self, crew: Crew, source: JobSource, tally: Tally, events: DispatcherEvents, *, first_generation: int = 0
    ) -> None:
        self._crew = crew
        self._source = source
        self._tally = tally
        self._events = events
        self._generation = first_generation
        self._published: dict[int, Published] = {}
        self._grants: LeaseGrants | None = None
        self._ledgers: deque[tuple[Job, NonceLedger]] = deque(maxlen=_KEPT_LEDGERS)
        self._is_memory_disputed = False
        self._has_asked = False
        self._next_job: Job | None = None
        self._preparation: asyncio.Task[None] | None = None
        self._queue: deque[Candidate] = deque()
        self._checker: asyncio.Task[None] | None = None
        self._submissions: set[asyncio.Task[None]] = set()
        self._is_draining = self._is_drained = False
        self._overrun_generation = 0
        self.expected_shares = 0.0
        self._hashes_seen = 0

    # --- jobs -------------------------------------------------------------------------------------------------

    @property
    def generation(self) -> int:
        """The last serial number given out."""
        return self._generation

    @property
    def current(self) -> Published | None:
        """The job that cores work on, None while there is none."""
        published = self._published.get(self._generation)
        return published if published is not None and published.job.blob else None

    def job_received(self, job: Job) -> None:
        """Make `job` the current one, after its seed is ready; nothing once it drains."""
        if self._is_draining:
            return
        if job.seed == self._crew.seed and self._crew.is_seed_ready and self._preparation is None:
            self._publish(job)
            return
        self._prepare_for(job)

    def rebuild(self) -> None:
        """Build the memory of the current job anew, and go on with it: the hashes of this Node are in doubt."""
        current = self.current
        if current is not None and self._preparation is None and not self._is_draining:
            self._is_memory_disputed = True
            self._prepare_for(current.job)

    def _prepare_for(self, job: Job) -> None:
        self._next_job = job
        if self._preparation is None:
            self._preparation = asyncio.get_running_loop().create_task(self._prepare())

    def invalidate(self) -> None:
        """Take the work away: cores park until the next job."""
        self._next_job = None
        if self.current is not None:
            self._publish_nothing()

    async def _prepare(self) -> None:
        self._events.preparing(True)
        try:
            while self._next_job is not None:
                job = self._next_job
                if self.current is not None:
                    self._publish_nothing()
                is_disputed, self._is_memory_disputed = self._is_memory_disputed, False
                await self._crew.prepare(job.seed, is_forced=is_disputed)
                newest = self._next_job
                if newest is not None and newest.seed == self._crew.seed:
                    self._next_job = None
                    self._publish(newest)
        finally:
            self._preparation = None
            self._events.preparing(False)

    def _publish(self, job: Job) -> None:
        self.count_expected()
        self._generation += 1
        self._remember(Published(self._generation, self._crew.epoch, job, time.monotonic()))
        row = ALGORITHMS[job.algorithm]
        self._grants = LeaseGrants(self._crew, self._generation, self._ledger_for(job, row.lease_nonces))
        self._has_asked = False
        self.top_up()
        self._crew.publish(
            BoardJob(
                generation=self._generation,
                algorithm=row.number,
                epoch=self._crew.epoch,
                blob=job.blob,
                nonce_offset=job.nonce_offset,
                nonce_size=job.nonce_size,
                target=job.target,
            )
        )
        self._events.job(job)

    def source_changed(self) -> None:
        """Another source gives the jobs from now on: its names of sessions and jobs mean other work."""
        forgotten = [(replace(job, session=0), ledger) for job, ledger in self._ledgers]
        self._ledgers = deque(forgotten, maxlen=_KEPT_LEDGERS)

    def _ledger_for(self, job: Job, chunk: int) -> NonceLedger:
        """The ledger of a recent job whose nonces must not be tried again for this one, else a new one."""
        for before, ledger in reversed(self._ledgers):
            if _shares_nonces(before, job):
                return ledger
        cores = max(1, len(self._crew.wanted))
        nonces = min(job.nonce_count, (1 << 8 * job.nonce_size) - job.nonce_first)
        ledger = NonceLedger(job.nonce_first, nonces, chunk=chunk, cores=cores)
        self._ledgers.append((job, ledger))
        return ledger

    def _publish_nothing(self) -> None:
        self.count_expected()
        self._generation += 1
        self._grants = None
        self._crew.publish(BoardJob(self._generation, 0, self._crew.epoch, b"", 0, 4, 0))

    def _remember(self, published: Published) -> None:
        self._published[published.generation] = published
        while len(self._published) > _KEPT_JOBS:
            del self._published[next(iter(self._published))]

    def top_up(self) -> None:
        """Grant leases ahead: each wanted slot has the one it works on and the next. Cheap; called on every round."""
        if self._grants is not None and not self._grants.top_up():
            self._ask_for_fresh_job()

    def _ask_for_fresh_job(self) -> None:
        if not self._has_asked:
            self._has_asked = True
            self._source.request_fresh_job()

    # --- candidates -------------------------------------------------------------------------------------------

    def candidate_received(self, core: int, generation: int, nonce: int, result: bytes, found_at: float) -> None:
        """Count a candidate and queue its re-hash. `found_at`: when the worker had it, monotonic seconds."""
        self._tally.candidate_received()
        published = self._published.get(generation)
        if self._is_drained or published is None or self._source.is_stale(published.job):
            self._tally.candidate_stale()
            return
        if len(self._queue) >= _MOST_WAITING:
            self._overrun(published)
            return
        self._queue.append(Candidate(published, core, nonce, result, found_at, time.monotonic()))
        if self._checker is None:
            self._checker = asyncio.get_running_loop().create_task(self._check_queue())

    def _overrun(self, published: Published) -> None:
        """Memory is bounded, whatever difficulty a pool sets: this candidate would be stale before its turn."""
        self._tally.candidate_stale()
        if published.generation > self._overrun_generation:
            self._overrun_generation = published.generation
            self._events.overrun(
                f"a difficulty of {published.job.difficulty} hashes a share is too low: more is found than can be "
                "checked, and what is too much is not sent; ask the pool for a higher difficulty (POOL_DIFFICULTY)"
            )

    async def _check_queue(self) -> None:
        try:
            while self._queue:
                await self._check(self._queue.popleft())
        finally:
            self._checker = None

    async def _check(self, candidate: Candidate) -> None:
        job = candidate.published.job
        if self._source.is_stale(job):
            self._tally.candidate_stale()
            return
        blob = with_nonce(job, candidate.nonce)
        answer = await self._crew.verifier.verify(
            candidate.published.epoch,
            algorithm=ALGORITHMS[job.algorithm].number,
            core=candidate.core,
            claimed=candidate.result,
            blob=blob,
        )
        if answer is None:
            self._tally.candidate_stale()
            return
        if not answer.is_valid or int.from_bytes(answer.result, "little") > job.target:
            self._tally.candidate_invalid()
            self._crew.wrong_hash(candidate.core)
            self._events.invalid(candidate.core, f"nonce {candidate.nonce:08x} does not hash to what was reported")
            return
        self._tally.share_found()
        share = Share(
            generation=candidate.published.generation,
            job=job,
            nonce=candidate.nonce,
            hash=answer.result,
            core=candidate.core,
            found_at=candidate.at,
            check_s=time.monotonic() - candidate.received_at,
            raw_hash=answer.raw_hash,
        )
        task = asyncio.get_running_loop().create_task(self._submit(share, candidate.at - candidate.published.at))
        self._submissions.add(task)
        task.add_done_callback(self._submissions.discard)

    async def _submit(self, share: Share, job_age_s: float) -> None:
        outcome = Outcome(OutcomeKind.LOST, "cancelled", "the miner ended before an answer came")
        try:
            outcome = await self._source.submit(share)
        finally:
            self._tally.share_ended(outcome, share.job)
            self._events.share(share, outcome, job_age_s)

    async def drain(self, timeout_s: float) -> None:
        """Wait until every candidate has its end; at the deadline what is still under way is lost, and counted so."""
        deadline = time.monotonic() + timeout_s
        self._is_draining = True
        if self._preparation is not None:
            self._preparation.cancel()
        while (self._queue or self._checker or self._submissions) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        self._is_drained = True
        if self._checker is not None:
            self._checker.cancel()
        for _ in range(self._tally.checking):
            self._tally.candidate_stale()
        self._queue.clear()
        await asyncio.sleep(0)  # a task that never ran would end without its outcome
        for task in list(self._submissions):
            task.cancel()
        if self._submissions:
            await asyncio.wait(list(self._submissions), timeout=0.2)

    def count_expected(self) -> None:
        """Add the shares expected from the hashes since the last call, at the current job's difficulty."""
        hashes = self._crew.hashes
        current = self.current
        if current is not None:
            self.expected_shares += (hashes - self._hashes_seen) / current.job.difficulty
        self._hashes_seen = hashes


def _shares_nonces(one: Job, other: Job) -> bool:
    """Whether both hash the same bytes, or a pool would take their nonces for those of one job.

    Another extranonce2 makes other work of the same pool job.
    """
    if (one.nonce_first, one.nonce_count, one.algorithm) != (other.nonce_first, other.nonce_count, other.algorithm):
        return False
    one_name, other_name = ((job.session, job.job_id, job.extranonce2) for job in (one, other))
    is_one_job = bool(one.session) and one_name == other_name
    return is_one_job or (one.blob, one.seed) == (other.blob, other.seed)


def with_nonce(job: Job, nonce: int) -> bytes:
    """Return the job's blob with `nonce` in its place, little-endian."""
    start, end = job.nonce_offset, job.nonce_offset + job.nonce_size
    return job.blob[:start] + nonce.to_bytes(job.nonce_size, "little") + job.blob[end:]
