"""Another job source while the cores hash: make before break, each share to the source of its job, no orphan source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from mining.engine.jobs import Job, Link, Outcome, OutcomeKind, Share
from mining.engine.sources.base import SessionFacts, SourceSink
from mining.engine.sources.relay import RelayEvents, SourceRelay
from mining.errors import LoginRefusedError, MinerConsoleError
from tests.support.source_watch import SinkRecord, share_of, wait_until

DEADLINE_S = 30.0


class _Source:
    """A source that does what the test says."""

    kind = "pool"

    def __init__(self, name: str) -> None:
        self.endpoint = name
        self.facts: SessionFacts | None = SessionFacts(endpoint=name, reauths=1)
        self.sink: SourceSink | None = None
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer: asyncio.Future[Outcome] | None = None
        self.shares: list[Share] = []
        self.stale: list[Job] = []
        self.is_closed = self.was_cancelled = False
        self.fresh = 0

    async def run(self, sink: SourceSink) -> None:
        self.sink = sink
        try:
            await self.end
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise

    def give(self, job_id: str = "1") -> Job:
        job = Job(job_id, "rx/0", bytes(76), target=1, difficulty=1)
        assert self.sink is not None
        self.sink.job_received(job)
        return job

    def tell(self, link: Link, cause: str | None = None) -> None:
        assert self.sink is not None
        self.sink.link_changed(link, endpoint=self.endpoint, cause=cause)

    def is_stale(self, job: Job) -> bool:
        return job in self.stale

    async def submit(self, share: Share) -> Outcome:
        self.shares.append(share)
        return await self.answer if self.answer is not None else Outcome(OutcomeKind.ACCEPTED)

    def request_fresh_job(self) -> None:
        self.fresh += 1

    def notice(self) -> str | None:
        return None

    async def close(self) -> None:
        self.is_closed = True


@dataclass
class _Desk:
    """A running relay between sources "a" and "b"."""

    relay: SourceRelay
    a: _Source
    b: _Source
    sink: SinkRecord
    task: asyncio.Task[None]
    switched: list[SessionFacts | None] = field(default_factory=list)
    refused: list[MinerConsoleError] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    async def until(self, is_true: Callable[[], bool], what: str) -> None:
        await wait_until(is_true, what, DEADLINE_S)

    async def offer(self) -> None:
        self.relay.offer(self.b)
        await self.until(lambda: self.b.sink is not None, "the next source runs")


@asynccontextmanager
async def _desk(**times: float) -> AsyncIterator[_Desk]:
    told = RelayEvents(
        switched=lambda facts: desk.switched.append(facts),
        refused=lambda error: desk.refused.append(error),
        trouble=lambda cause: desk.trouble.append(cause),
    )
    a, b, sink = _Source("a"), _Source("b"), SinkRecord()
    relay = SourceRelay(a, told, **{"patience_s": 60.0, "checking_s": 0.0, "linger_s": 60.0, **times})
    desk = _Desk(relay, a, b, sink, asyncio.create_task(relay.run(sink)))
    await desk.until(lambda: a.sink is not None, "the first source runs")
    try:
        yield desk
    finally:
        desk.task.cancel()
        await asyncio.gather(desk.task, return_exceptions=True)
        await relay.close()
        assert a.is_closed and (b.is_closed or b.sink is None), "every source is closed at the end"


async def test_the_cores_stay_with_the_current_source_until_the_next_one_has_a_job() -> None:
    async with _desk() as desk:
        first = desk.a.give()
        await desk.offer()
        desk.b.tell(Link.LOGIN)
        second = desk.a.give("2")
        assert desk.relay.is_changing and desk.relay.endpoint == "a"
        third = desk.b.give()
        assert desk.sink.jobs == [first, second, third] and not desk.relay.is_changing
        assert desk.relay.endpoint == "b" and desk.sink.links == [(Link.LOGIN, None)], "told when it took over"
        assert desk.switched == [desk.a.facts]


async def test_a_source_that_was_left_says_nothing_more() -> None:
    async with _desk() as desk:
        desk.a.give()
        await desk.offer()
        desk.b.give()
        desk.a.give("2")
        desk.a.tell(Link.DOWN, "gone")
        assert len(desk.sink.jobs) == 2 and desk.sink.links == []


async def test_shares_go_to_the_source_of_their_job_also_when_two_jobs_look_alike() -> None:
    async with _desk() as desk:
        first = desk.a.give()
        desk.a.answer = asyncio.get_running_loop().create_future()  # it is there as long as an answer is waited for
        waiting = asyncio.create_task(desk.relay.submit(share_of(first)))
        await desk.until(lambda: len(desk.a.shares) == 1, "the share is on its way")
        await desk.offer()
        second = desk.b.give()
        assert first == second and first is not second
        await desk.relay.submit(share_of(second))
        assert not desk.relay.is_stale(first)
        desk.a.answer.set_result(Outcome(OutcomeKind.ACCEPTED))
        assert (await waiting).kind is OutcomeKind.ACCEPTED
        assert (len(desk.a.shares), len(desk.b.shares)) == (1, 1)


async def test_a_source_is_closed_when_the_last_answer_is_there_and_then_its_jobs_are_stale() -> None:
    async with _desk() as desk:
        job = desk.a.give()
        await desk.offer()
        desk.b.give()
        await desk.until(lambda: desk.a.is_closed, "the source before is closed")
        assert desk.a.was_cancelled and desk.relay.is_stale(job)
        assert (await desk.relay.submit(share_of(job))).reason == "source_gone"


async def test_an_answer_that_never_comes_holds_the_source_before_no_longer_than_it_may() -> None:
    async with _desk(linger_s=0.2) as desk:
        job = desk.a.give()
        desk.a.answer = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(desk.relay.submit(share_of(job)))
        await desk.until(lambda: len(desk.a.shares) == 1, "the share is on its way")
        await desk.offer()
        desk.b.give()
        await desk.until(lambda: desk.a.is_closed, "the source before is closed")
        desk.a.answer.set_result(Outcome(OutcomeKind.LOST))
        assert (await waiting).kind is OutcomeKind.LOST


async def test_a_next_source_that_refuses_for_good_is_dropped_and_nothing_else_happens() -> None:
    async with _desk() as desk:
        desk.a.give()
        await desk.offer()
        desk.b.end.set_exception(LoginRefusedError("b refused the login"))
        await desk.until(lambda: bool(desk.refused), "the refusal is told")
        assert desk.refused[0].sentence == "b refused the login"
        assert not desk.relay.is_changing and desk.relay.endpoint == "a" and desk.sink.is_hashing
        await desk.until(lambda: desk.b.is_closed, "it is closed")
        assert not desk.task.done() and desk.switched == []


async def test_a_next_source_without_a_job_takes_over_when_it_had_long_enough_and_work_stops() -> None:
    async with _desk(patience_s=0.1) as desk:
        desk.a.give()
        await desk.offer()
        desk.b.tell(Link.DOWN, "b does not answer")
        await desk.until(lambda: not desk.relay.is_changing, "it took over")
        assert desk.relay.endpoint == "b" and not desk.sink.is_hashing
        assert desk.sink.invalidations == ["b does not answer"] and desk.trouble == ["b does not answer"]


async def test_withdrawing_closes_the_next_source_and_keeps_the_current_one() -> None:
    async with _desk() as desk:
        desk.a.give()
        await desk.offer()
        desk.relay.withdraw()
        await desk.until(lambda: desk.b.is_closed, "it is closed")
        assert desk.relay.endpoint == "a" and not desk.relay.is_changing and desk.sink.is_hashing
        desk.b.give()
        assert len(desk.sink.jobs) == 1, "what it says is not heard any more"


async def test_the_last_offer_wins() -> None:
    async with _desk() as desk:
        await desk.offer()
        third = _Source("c")
        desk.relay.offer(third)
        await desk.until(lambda: third.sink is not None and desk.b.is_closed, "only the last one runs")
        third.give()
        assert desk.relay.endpoint == "c"


async def test_the_end_of_the_current_source_ends_the_relay_with_its_reason() -> None:
    async with _desk() as desk:
        desk.a.end.set_exception(LoginRefusedError("a refused the login"))
        with pytest.raises(LoginRefusedError, match="a refused"):
            await asyncio.wait_for(asyncio.shield(desk.task), DEADLINE_S)


async def test_a_current_source_that_ends_while_another_is_coming_is_no_end() -> None:
    async with _desk() as desk:
        await desk.offer()
        desk.a.end.set_exception(LoginRefusedError("a refused the login"))
        await desk.until(lambda: not desk.relay.is_changing, "the next one took over")
        job = desk.b.give()
        assert desk.sink.jobs == [job] and not desk.task.done()


async def test_a_fresh_job_is_asked_of_the_current_source() -> None:
    async with _desk() as desk:
        await desk.offer()
        desk.relay.request_fresh_job()
        desk.b.give()
        desk.relay.request_fresh_job()
        assert (desk.a.fresh, desk.b.fresh) == (1, 1)
