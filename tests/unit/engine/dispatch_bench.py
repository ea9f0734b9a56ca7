"""A dispatcher between a scripted source and a Crew without processes, with everything it told written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mining.engine.dispatcher import Dispatcher, DispatcherEvents
from mining.engine.jobs import Job, Outcome, OutcomeKind, Share, target_from_difficulty
from mining.engine.sources.base import SourceSink
from mining.engine.tally import Tally
from tests.unit.engine.fake_crew import FakeCrew

SEED = bytes(32)
OTHER_SEED = b"\x01" * 32
EASY = b"\x00" * 32  # meets every target
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, "ok")


def make_job(name: str, *, seed: bytes = SEED, difficulty: int = 10, nonce_count: int = 1 << 32) -> Job:
    """A job whose blob tells its name."""
    return Job(
        job_id=name,
        algorithm="rx/0",
        blob=name.encode().ljust(76, b"."),
        target=target_from_difficulty(difficulty),
        difficulty=difficulty,
        nonce_count=nonce_count,
        seed=seed,
    )


class ScriptedSource:
    """A JobSource that does what the test says."""

    kind = "pool"
    endpoint = "scripted"
    facts = None

    def __init__(self) -> None:
        self.stale: set[str] = set()
        self.submitted: list[Share] = []
        self.fresh_asked = 0
        self.answer: Callable[[Share], Outcome | None] = lambda share: ACCEPTED

    async def run(self, sink: SourceSink) -> None:
        """The test delivers the jobs itself."""

    def is_stale(self, job: Job) -> bool:
        return job.job_id in self.stale

    async def submit(self, share: Share) -> Outcome:
        """The scripted answer; None: it never comes."""
        self.submitted.append(share)
        outcome = self.answer(share)
        if outcome is None:
            await asyncio.Event().wait()
            raise AssertionError
        return outcome

    def request_fresh_job(self) -> None:
        self.fresh_asked += 1

    async def close(self) -> None:
        """Nothing to release."""

    def notice(self) -> str | None:
        return None


@dataclass
class DispatchBench:
    """Make it inside a running event loop."""

    crew: FakeCrew
    source: ScriptedSource = field(default_factory=ScriptedSource)
    tally: Tally = field(default_factory=Tally)
    jobs: list[str] = field(default_factory=list)
    outcomes: list[tuple[Share, Outcome, float]] = field(default_factory=list)
    invalid: list[int] = field(default_factory=list)
    preparing: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        events = DispatcherEvents(
            job=lambda job: self.jobs.append(job.job_id),
            share=lambda share, outcome, age: self.outcomes.append((share, outcome, age)),
            invalid=lambda core, sentence: self.invalid.append(core),
            preparing=self.preparing.append,
        )
        self.dispatcher = Dispatcher(self.crew.as_crew(), self.source, self.tally, events)

    async def mine(self, *jobs: Job) -> None:
        """Deliver jobs and wait until the last is published."""
        for job in jobs:
            self.dispatcher.job_received(job)
            await self.until(lambda: bool(self.jobs) and self.jobs[-1] == job.job_id)  # noqa: B023 (awaited here)

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Let the loop run until `is_true`; fail after half a minute."""
        async with asyncio.timeout(30):
            while not is_true():
                await asyncio.sleep(0)

    def find(self, nonce: int, *, generation: int | None = None, result: bytes = EASY, core: int = 10) -> None:
        """A core reports a nonce."""
        newest = self.crew.published[-1].generation
        self.dispatcher.candidate_received(
            core, newest if generation is None else generation, nonce, result, time.monotonic()
        )

    def blobs(self) -> list[bytes]:
        """Names of the published jobs; b"" where the work was taken away."""
        return [job.blob.rstrip(b".") for job in self.crew.published]
