"""Which jobs the source makes, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mining.solo.monerod_source import MonerodSource
from tests.support.fake_monerod import SEED, FakeMonerod
from tests.support.source_watch import running, wait_until

Make = Callable[..., MonerodSource]


def test_a_job_carries_what_the_engine_needs(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon, running(source_of(daemon)) as sink:
            await wait_until(lambda: sink.is_hashing, "a job")
            job = sink.jobs[0]
            assert (job.algorithm, job.height, job.difficulty, job.target) == ("rx/0", 3, 1, 2**256 - 1)
            assert (job.nonce_offset, job.nonce_size, job.nonce_first, job.nonce_count) == (39, 4, 0, 2**32)
            assert (job.seed.hex(), job.next_seed, job.is_clean) == (SEED, None, True)
            assert job.blob[39:43] == bytes(4)

    asyncio.run(scenario())


def test_a_fresh_job_comes_at_once_from_the_same_template_without_asking_the_daemon(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, poll_s=30.0)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                asked = len(daemon.requests)
                source.request_fresh_job()
                await wait_until(lambda: len(sink.jobs) == 2, "a fresh job", 20.0)
                first, second = sink.jobs
                assert len(daemon.requests) == asked
                assert first.blob != second.blob and first.blob[:43] == second.blob[:43]
                assert first.job_id != second.job_id and not second.is_clean
                assert not source.is_stale(first) and not source.is_stale(second)

    asyncio.run(scenario())


def test_a_template_is_refreshed_while_the_tip_stays_and_older_jobs_stay_good(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon, refresh_s=0.05)
            async with running(source) as sink:
                await wait_until(lambda: len(sink.jobs) >= 3, "refreshed jobs")
                assert [job.is_clean for job in sink.jobs[:3]] == [True, False, False]
                assert len({job.blob for job in sink.jobs}) == len(sink.jobs), "an extra nonce is used once"
                assert not source.is_stale(sink.jobs[0])

    asyncio.run(scenario())


def test_a_new_tip_makes_a_clean_job_and_the_older_ones_stale(source_of: Make) -> None:
    async def scenario() -> None:
        async with FakeMonerod() as daemon:
            source = source_of(daemon)
            async with running(source) as sink:
                await wait_until(lambda: sink.is_hashing, "a job")
                daemon.block_found_by_another()
                await wait_until(lambda: len(sink.jobs) == 2, "a job on the new tip")
                assert sink.jobs[1].is_clean and sink.jobs[1].height == 4
                assert source.is_stale(sink.jobs[0]) and not source.is_stale(sink.jobs[1])

    asyncio.run(scenario())
