"""`--check-login`: connect to the configured source, see one job, leave. Hashes nothing."""

from __future__ import annotations

import asyncio
import contextlib

from mining.addresses.masking import mask_address
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.jobs import Job, Link
from mining.engine.plan import Plan
from mining.engine.sources.registry import make_source
from mining.errors import ExitCode, SourceUnavailableError

TIMEOUT_S = 20.0
SECOND_CHANCE_S = 3.0  # for the next endpoint, after the first trouble


class _FirstJob:
    """A SourceSink that waits for one job and remembers the last trouble."""

    def __init__(self) -> None:
        self.job: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self.down: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.cause: str | None = None

    def job_received(self, job: Job) -> None:
        if not self.job.done():
            self.job.set_result(job)

    def jobs_invalidated(self, reason: str) -> None:
        self.cause = reason

    def memory_disputed(self, reason: str) -> None:
        self.cause = reason

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        self.cause = cause or self.cause
        if link is Link.DOWN and not self.down.done():
            self.down.set_result(None)


def check_login(configuration: RunConfiguration, plan: Plan) -> int:
    """Print what the source says to this wallet; 0 when a job came. Raises LoginRefusedError (exit 4) for a refusal."""
    endpoint, job = asyncio.run(first_job(plan))
    print(f"{endpoint} accepts {mask_address(plan.wallet)}: {job_sentence(job)}")
    return int(ExitCode.DONE)


def job_sentence(job: Job) -> str:
    """What a person may want to know of a job."""
    height = "" if job.height is None else f" at height {job.height}"
    difficulty = job.difficulty if job.pool_difficulty is None else f"{job.pool_difficulty:g}"
    return f"{job.algorithm} job{height}, difficulty {difficulty}"


async def first_job(plan: Plan) -> tuple[str, Job]:
    """Log in as `plan` says and return the endpoint with its first job; nothing is hashed.

    Raises LoginRefusedError for a refusal, SourceUnavailableError when no job came within 20 s.
    """
    source = make_source(plan, rate_hps=lambda: None, is_fast=False)
    sink = _FirstJob()
    running = asyncio.get_running_loop().create_task(source.run(sink))
    try:
        ends: set[asyncio.Future[object]] = {running, sink.job}  # type: ignore[arg-type]
        troubles: set[asyncio.Future[object]] = {sink.down}  # type: ignore[arg-type]
        await asyncio.wait(ends | troubles, timeout=TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(
            ends, timeout=SECOND_CHANCE_S if sink.down.done() else 0, return_when=asyncio.FIRST_COMPLETED
        )
        if running.done():
            running.result()
        if not sink.job.done() and sink.down.done() and sink.cause:
            raise SourceUnavailableError(sink.cause)
        if not sink.job.done():
            raise SourceUnavailableError(
                f"{source.endpoint} gave no job within {TIMEOUT_S:g} s ({sink.cause or 'no answer'})",
                next_step="Check that it runs and is synchronized, and that host and port are right.",
            )
        return source.endpoint, sink.job.result()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await running
        await source.close()
