"""Pools that do the worst at the worst moment: no hot loop, no end of mining, no session given up for nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from mining.configuration.endpoints import parse_endpoint
from mining.engine.jobs import Job, Link, OutcomeKind, Share
from mining.engine.plan import Endpoint
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.pool_source import PoolSource
from mining.engine.session.timers import SessionTimers
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import SOFTWARE, Behaviour
from tests.support.scripted_pool import ScriptedPool, job_push, line_of, reconnect_to

QUICK = SessionTimers(
    connect_s=2.0, login_s=1.0, first_job_s=1.0, replace_s=0.5, drain_s=0.1, linger_s=0.05, quiet_s=0.3,
    backoff_s=0.05, longest_backoff_s=0.2, longest_leave_s=0.5,
)  # fmt: skip
SLOW_AGAIN = SessionTimers(backoff_s=1.0)
GENERIC = SOFTWARE["generic"]
MOST_LOGINS = 4  # in a second, with pauses of 0 s, 1 s, 2 s …


@dataclass(slots=True)
class Sink:
    """Implements SourceSink."""

    jobs: list[Job] = field(default_factory=list)
    links: list[tuple[Link, str, str | None]] = field(default_factory=list)
    is_hashing: bool = False

    def job_received(self, job: Job) -> None:
        self.jobs.append(job)
        self.is_hashing = True

    def jobs_invalidated(self, reason: str) -> None:
        self.is_hashing = False

    def link_changed(self, link: Link, *, endpoint: str, cause: str | None = None) -> None:
        self.links.append((link, endpoint, cause))

    def memory_disputed(self, reason: str) -> None:
        raise AssertionError(reason)


@dataclass(slots=True)
class Run:
    """A source that runs."""

    source: PoolSource
    sink: Sink
    task: asyncio.Task[None]

    async def until(self, is_true: object, timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_true():  # type: ignore[operator]
            assert not self.task.done(), f"mining ended: {self.task!r}"
            assert time.monotonic() < deadline, f"not in time; {self.sink.links[-8:]} {self.source.facts}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    *pools: ScriptedPool, timers: SessionTimers = QUICK, behaviours: dict[int, Behaviour] | None = None
) -> AsyncIterator[Run]:
    """The source over these pools; `behaviours` by port, else of unknown kind."""

    def plan(endpoint: Endpoint, factor: int) -> ConnectionPlan:
        behaviour = (behaviours or {}).get(endpoint.port, GENERIC)
        return ConnectionPlan(endpoint, behaviour, RenderedLogin("wallet", "x", None, "wal…et"), "rx/0")

    sink = Sink()
    source = PoolSource(tuple(parse_endpoint(pool.url) for pool in pools), plan, timers=timers)
    task = asyncio.create_task(source.run(sink))
    try:
        yield Run(source, sink, task)
        assert not task.done(), f"mining ended: {task!r}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await source.close()


@pytest.mark.parametrize(
    "later",
    [
        job_push(id="another session", job_id="2"),
        job_push(job_id="2", target="00000000"),
        line_of({"id": None, "error": {"code": -1, "message": "Unauthenticated"}, "result": None}),
        reconnect_to(),
    ],
    ids=["session replaced", "job that nothing meets", "unauthenticated", "redirect to itself"],
)
async def test_a_pool_that_spoils_every_session_is_not_logged_in_to_in_a_hot_loop(later: bytes) -> None:
    async with ScriptedPool(later=later) as pool, running(pool, timers=SLOW_AGAIN) as run:
        await run.until(lambda: pool.logins >= 2)
        await asyncio.sleep(1.0)
        assert pool.logins <= MOST_LOGINS


@pytest.mark.parametrize("host", ["a..localhost", "x" * 64 + ".localhost", "-.localhost"])
async def test_a_redirect_to_what_is_no_host_name_changes_nothing(host: str) -> None:
    async with ScriptedPool(later=reconnect_to(host, "3333")) as pool, running(pool) as run:
        await run.until(lambda: run.source.notice() is not None)
        await asyncio.sleep(0.3)
        assert pool.connects == 1 and run.sink.is_hashing


async def test_garbage_in_one_piece_with_the_login_is_a_failed_login_and_not_the_end_of_mining() -> None:
    behaviour = replace(GENERIC, keepalive_every_s=1)
    async with ScriptedPool(glued=b"x\n" * 10) as pool, running(pool, behaviours={pool.port: behaviour}) as run:
        await run.until(lambda: any(link is Link.DOWN for link, _, _ in run.sink.links))
        pool.glued = b""
        await run.until(lambda: run.sink.is_hashing)


async def test_of_three_pools_the_first_one_gets_the_work_back() -> None:
    async with (
        ScriptedPool() as first,
        ScriptedPool() as second,
        ScriptedPool() as third,
        running(first, second, third) as run,
    ):
        await run.until(lambda: first.logins == 1 and second.logins == 1 and run.source.facts.standby is not None)
        first.stop()
        await run.until(lambda: run.source.endpoint.endswith(str(second.port)) and third.logins >= 1)
        await first.listen()
        await run.until(lambda: run.source.endpoint.endswith(str(first.port)))
        assert run.sink.is_hashing


async def test_a_standby_that_only_connects_is_kept_and_logged_in_to_when_it_is_needed() -> None:
    async with (
        ScriptedPool(is_mute=True) as first,
        ScriptedPool() as second,
        running(first, second, behaviours={second.port: SOFTWARE["sammy"]}) as run,
    ):
        await run.until(lambda: second.logins == 1 and run.sink.is_hashing)
        assert second.connects <= 2
        assert run.source.endpoint.endswith(str(second.port))


async def test_a_standby_that_only_connects_and_dies_is_noticed() -> None:
    async with (
        ScriptedPool() as first,
        ScriptedPool() as second,
        running(first, second, behaviours={second.port: SOFTWARE["sammy"]}) as run,
    ):
        await run.until(lambda: run.source.facts.standby is not None)
        second.stop()
        await run.until(lambda: run.source.facts.standby is None)
        await second.listen()
        await run.until(lambda: run.source.facts.standby is not None)
        assert second.logins == 0


async def test_an_end_in_the_moment_of_a_failover_leaves_no_socket_open() -> None:
    async with (
        ScriptedPool() as first,
        ScriptedPool() as second,
        running(first, second, behaviours={second.port: SOFTWARE["sammy"]}) as run,
    ):
        await run.until(lambda: run.source.facts.standby is not None)
        standby = run.source._standby
        assert standby is not None
        run.source._promote(standby, time.monotonic())
        await run.source.close()
        assert standby.is_ended
        await run.until(lambda: not second.is_connected)


async def test_a_redirect_to_a_closed_port_keeps_the_session_that_works() -> None:
    async with ScriptedPool(later=reconnect_to("localhost", "9"), after_s=0.1) as pool, running(pool) as run:
        await run.until(lambda: any(cause and "moved us" in cause for _, _, cause in run.sink.links))
        await asyncio.sleep(0.5)
        assert run.sink.is_hashing
        assert pool.logins <= 3


async def test_a_standby_follows_a_redirect() -> None:
    async with (
        ScriptedPool() as first,
        ScriptedPool() as target,
        ScriptedPool(later=reconnect_to("localhost", str(target.port))) as second,
        running(first, second) as run,
    ):
        await run.until(lambda: target.logins >= 1 and run.source.facts.standby == f"localhost:{target.port}")
        assert second.logins <= 2


async def test_a_redirect_in_one_piece_with_the_login_is_followed() -> None:
    async with (
        ScriptedPool() as target,
        ScriptedPool(glued=reconnect_to("localhost", str(target.port))) as pool,
        running(pool) as run,
    ):
        await run.until(lambda: target.logins >= 1 and run.source.endpoint == f"localhost:{target.port}")


async def test_a_session_that_only_waits_for_answers_follows_no_redirect_and_loses_no_share() -> None:
    timers = replace(QUICK, drain_s=5.0)
    async with ScriptedPool() as pool, running(pool, timers=timers) as run:
        await run.until(lambda: run.sink.is_hashing)
        submit = asyncio.create_task(run.source.submit(Share(1, run.sink.jobs[0], 7, bytes(32), 0, 0.0)))
        await run.until(lambda: any(request["method"] == "submit" for request in pool.requests))
        for generation in (2, 3):
            pool.say(reconnect_to())
            await run.until(lambda wanted=generation: run.source.facts.generation >= wanted)
        assert not submit.done()
        number = next(request["id"] for request in pool.requests if request["method"] == "submit")
        pool.say(line_of({"id": number, "jsonrpc": "2.0", "error": None, "result": {"status": "OK"}}))
        assert (await submit).kind is OutcomeKind.ACCEPTED


async def test_sessions_that_were_replaced_leave_nothing_behind() -> None:
    behaviour = replace(GENERIC, idle_limit_s=None)
    async with ScriptedPool() as pool, running(pool, behaviours={pool.port: behaviour}) as run:
        await run.until(lambda: pool.logins == 1)
        for number in range(2, 6):
            pool.say(reconnect_to())
            await run.until(lambda wanted=number: pool.logins >= wanted and run.source.facts.generation >= wanted)
        await run.until(lambda: len(run.source._connections()) == 1)
