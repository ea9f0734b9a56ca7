"""The seed of our jobs changes when the daemon's does, and is announced before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from mining.engine.jobs import Job
from mining.solo.monero_block import seed_height
from mining.solo.monerod_source import MonerodSource
from tests.support.monerod import start_monerod
from tests.support.source_watch import SinkRecord, running, wait_until

EPOCH_BLOCKS, EPOCH_LAG = 8, 4


async def job_at(sink: SinkRecord, height: int) -> Job:
    """Wait for a job of `height`."""
    await wait_until(lambda: bool(sink.jobs) and sink.jobs[-1].height == height, f"a job of height {height}")
    return sink.jobs[-1]


def test_jobs_follow_the_seed_rule_of_a_short_epoch(tmp_path: Path, source_on: Callable[..., MonerodSource]) -> None:
    monerod = start_monerod(tmp_path, difficulty=1, seed_epoch=(EPOCH_BLOCKS, EPOCH_LAG))

    async def scenario() -> None:
        async with running(source_on(monerod.endpoint)) as sink:
            for top in (0, 8, 11, 12):
                if (missing := top - await asyncio.to_thread(monerod.height)) > 0:
                    await asyncio.to_thread(monerod.generate, missing)
                job = await job_at(sink, top + 1)
                at = seed_height(top + 1, epoch_blocks=EPOCH_BLOCKS, lag=EPOCH_LAG)
                assert job.seed.hex() == await asyncio.to_thread(monerod.block_hash, at)
                announced = seed_height(top + 1 + EPOCH_LAG, epoch_blocks=EPOCH_BLOCKS, lag=EPOCH_LAG)
                if announced != at:
                    assert job.next_seed is not None
                    assert job.next_seed.hex() == await asyncio.to_thread(monerod.block_hash, announced)
                else:
                    assert job.next_seed is None

    try:
        asyncio.run(scenario())
    finally:
        monerod.stop()
