"""The offline source: jobs of its own, accepted = verified, a fresh one whenever it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mining.engine.jobs import Link, OutcomeKind, target_from_difficulty
from mining.engine.plan import Endpoint, Plan
from mining.engine.sources import offline
from mining.engine.sources.base import JobSource
from mining.engine.sources.offline import OfflineSource
from mining.engine.sources.registry import make_source
from mining.errors import ConfigurationError
from tests.support.source_watch import SinkRecord, share_of, wait_until


def _source(*, rate: Callable[[], float | None] = lambda: None, **changes: Any) -> OfflineSource:
    values: dict[str, Any] = {"algorithm": "rx/0", "difficulty": 0, "guess_hps": 300.0, "job_s": 60.0, **changes}
    return OfflineSource(rate_hps=rate, **values)


@asynccontextmanager
async def _running(source: JobSource) -> AsyncIterator[SinkRecord]:
    sink = SinkRecord()
    task = asyncio.create_task(source.run(sink))
    await wait_until(lambda: bool(sink.jobs), "the first job", 5)
    yield sink
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_first_job_is_there_at_once_under_the_benchmark_s_seed() -> None:
    async with _running(_source()) as sink:
        assert sink.links == [(Link.READY, None)]
        (job,) = sink.jobs
        assert (job.algorithm, job.seed, len(job.blob), job.blob[39:43]) == ("rx/0", bytes(32), 76, bytes(4))
        assert job.target == target_from_difficulty(job.difficulty) and not job.is_clean


async def test_scrypt_gets_block_headers_without_a_key_and_a_nonce_at_their_end() -> None:
    source = _source(algorithm="scrypt", guess_hps=2000.0)
    async with _running(source) as sink:
        source.request_fresh_job()
        await wait_until(lambda: len(sink.jobs) == 2, "the second job", 5)
        first, second = sink.jobs
        assert (first.algorithm, first.seed, len(first.blob)) == ("scrypt", b"", 80)
        assert (first.nonce_offset, first.nonce_size, first.blob[76:]) == (76, 4, bytes(4))
        assert first.blob[:76] != second.blob[:76] and first.blob[:4] != second.blob[:4]
        assert first.difficulty == 20000 and first.target == target_from_difficulty(20000)


async def test_the_difficulty_is_about_one_share_in_ten_seconds_of_the_guessed_then_the_measured_rate() -> None:
    rates: list[float | None] = [None, 171.4]
    source = _source(rate=lambda: rates.pop(0))
    async with _running(source) as sink:
        source.request_fresh_job()
        await wait_until(lambda: len(sink.jobs) == 2, "the second job", 5)
        assert [job.difficulty for job in sink.jobs] == [3000, 1714]


async def test_a_difficulty_that_was_set_is_kept() -> None:
    async with _running(_source(difficulty=500, rate=lambda: 1e6)) as sink:
        assert sink.jobs[0].difficulty == 500


async def test_a_rate_of_next_to_nothing_still_gives_a_difficulty() -> None:
    async with _running(_source(rate=lambda: 0.001)) as sink:
        assert sink.jobs[0].difficulty == 1


async def test_a_used_up_nonce_space_gets_another_job_each_time_it_is_asked() -> None:
    source = _source(nonce_count=16)
    async with _running(source) as sink:
        for count in (2, 3, 4):
            source.request_fresh_job()
            await wait_until(lambda: len(sink.jobs) == count, "a fresh job", 5)  # noqa: B023 (awaited here)
        assert len({job.blob for job in sink.jobs}) == 4 and len({job.job_id for job in sink.jobs}) == 4
        assert {job.nonce_count for job in sink.jobs} == {16}


async def test_the_first_job_is_replaced_soon_so_that_the_measured_rate_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offline, "FIRST_JOB_S", 0.0)
    async with _running(_source()) as sink:
        await wait_until(lambda: len(sink.jobs) == 2, "the second job", 5)


async def test_a_share_is_accepted_because_our_own_re_hash_was_the_check() -> None:
    source = _source()
    async with _running(source) as sink:
        outcome = await source.submit(share_of(sink.jobs[0]))
        assert outcome.kind is OutcomeKind.ACCEPTED and "nothing is earned" in outcome.detail
        assert not source.is_stale(sink.jobs[0])


@pytest.mark.parametrize(("is_fast", "guess"), [(True, 300.0), (False, 25.0)])
async def test_the_first_guess_knows_cores_mode_and_intensity(is_fast: bool, guess: float) -> None:
    plan = Plan("offline", "XMR", "rx/0", (0, 1, 2), intensity=50)
    source = make_source(plan, rate_hps=lambda: None, is_fast=is_fast)
    assert isinstance(source, OfflineSource)
    async with _running(source) as sink:
        assert sink.jobs[0].difficulty == guess * 3 / 2 * 10


async def test_the_first_guess_of_scrypt_knows_no_memory_mode() -> None:
    plan = Plan("offline", "LTC", "scrypt", (0, 1))
    for is_fast in (True, False):
        async with _running(make_source(plan, rate_hps=lambda: None, is_fast=is_fast)) as sink:
            assert sink.jobs[0].difficulty == 2000 * 2 * 10


def test_a_daemon_of_a_coin_that_is_not_mined_solo_yet_is_named() -> None:
    plan = Plan("daemon", "DOGE", "scrypt", (0,), endpoints=(Endpoint("daemon+http", "127.0.0.1", 22555),))
    with pytest.raises(ConfigurationError, match=r"DOGE at a dogecoind.* not available yet"):
        make_source(plan, rate_hps=lambda: None, is_fast=True)


def test_a_plan_of_an_unknown_kind_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'lottery' has no job source"):
        make_source(Plan("lottery", "XMR", "rx/0", (0,)), rate_hps=lambda: None, is_fast=True)
