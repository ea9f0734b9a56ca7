"""A share of a broken connection has one outcome: it is sent once more where the session came back, or it is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mining.configuration.endpoints import parse_endpoint
from mining.engine.jobs import Job, Outcome, OutcomeKind, Share
from mining.engine.session.dialects.base import ShareAnswered, WorkCame
from mining.engine.session.dialects.bitcoin import BitcoinDialect, V1Wishes
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.engine.session.ownership import ConnectionPlan
from mining.engine.session.share_desk import ShareDesk
from mining.engine.session.timers import SessionTimers
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.profiles import SOFTWARE
from mining.stratum.reasons import DUPLICATE, STALE
from tests.unit.stratum.bitcoin.v1_samples import SESSION, granted, notify, subscribed

LOGIN = RenderedLogin("wallet.rig", "x", None, "wal…et.rig")
PLAN = ConnectionPlan(parse_endpoint("stratum+tcp://pool.example:3333"), SOFTWARE["ckpool"], LOGIN, "scrypt")


@dataclass
class Line:
    """One connection without a socket. `is_clean`: its first job kills all others."""

    memory: EndpointMemory
    extranonce1: str = "917f0000"
    is_clean: bool = False
    written: list[bytes] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    asked: bytes = b""

    def __post_init__(self) -> None:
        self.dialect = BitcoinDialect(LOGIN, V1Wishes(), self.memory, algorithm="scrypt", generation=1)
        self.desk = ShareDesk(
            PLAN, self.dialect, self.memory, SessionTimers(), write=self.written.append, on_outcome=self.outcomes.append
        )
        self.asked = self.dialect.start(self.desk.ask_back())
        self.dialect.receive(subscribed(1, self.extranonce1))
        (logged_in,) = self.dialect.receive(granted())
        self.desk.logged_in(logged_in.is_resumed)  # type: ignore[union-attr]

    def take_job(self, job_id: str = "1") -> Job:
        """Hear a job, as the connection does."""
        (came,) = self.dialect.receive(notify(job_id=job_id, clean=self.is_clean))
        assert isinstance(came, WorkCame) and isinstance(came.work, V1Job)
        job = self.dialect.job_of(came.work)
        assert job is not None
        self.desk.shares.ring.add(job.job_id, came.work, height=None, is_clean=came.is_clean)
        self.desk.go_on(0.0)
        return job


def share_of(job: Job, nonce: int = 1) -> Share:
    return Share(1, job, nonce, bytes(32), 0, 0.0)


async def broken() -> tuple[EndpointMemory, asyncio.Future[Outcome]]:
    """A connection that broke with one share on its way."""
    memory = EndpointMemory()
    line = Line(memory)
    answer = line.desk.submit(share_of(line.take_job()), 0.0)
    line.desk.keep_for_resumption()
    line.desk.lose_all()
    assert not answer.done() and len(line.written) == 1
    return memory, answer


async def test_a_share_is_sent_once_more_where_the_session_came_back_and_accepted_then() -> None:
    memory, answer = await broken()
    line = Line(memory)
    assert SESSION.encode() in line.asked, "the old session is asked for"
    line.take_job()
    (again,) = line.written
    assert b"mining.submit" in again and not answer.done()
    line.desk.answered(ShareAnswered(3), None, 1.0)
    assert answer.result().kind is OutcomeKind.ACCEPTED


async def test_a_duplicate_then_means_that_it_was_credited_before() -> None:
    memory, answer = await broken()
    line = Line(memory)
    job = line.take_job()
    step, told = line.desk.answered(ShareAnswered(3, "Duplicate", DUPLICATE), job, 1.0)
    assert (answer.result().kind, answer.result().reason) == (OutcomeKind.ACCEPTED, "already_credited")
    assert step.end is None and told is None


async def test_a_share_is_lost_where_the_pool_made_a_new_session() -> None:
    memory, answer = await broken()
    line = Line(memory, extranonce1="aabbccdd")
    line.take_job()
    assert line.written == [] and answer.result().kind is OutcomeKind.LOST


async def test_a_share_is_lost_where_a_clean_job_killed_its_own() -> None:
    memory, answer = await broken()
    line = Line(memory, is_clean=True)
    line.take_job("2")
    assert line.written == [] and answer.result().kind is OutcomeKind.LOST


async def test_a_clean_job_that_is_its_own_leaves_it_alive() -> None:
    memory, answer = await broken()
    line = Line(memory, is_clean=True)
    line.take_job("1")
    assert len(line.written) == 1 and not answer.done()


async def test_a_share_is_never_sent_a_third_time() -> None:
    memory, answer = await broken()
    line = Line(memory)
    line.take_job()
    line.desk.keep_for_resumption()
    line.desk.lose_all()
    assert answer.result().kind is OutcomeKind.LOST


async def test_a_login_that_fails_leaves_the_session_for_the_next_one() -> None:
    memory, answer = await broken()
    dialect = BitcoinDialect(LOGIN, V1Wishes(), memory, algorithm="scrypt", generation=2)
    desk = ShareDesk(PLAN, dialect, memory, SessionTimers(), write=lambda line: None, on_outcome=lambda outcome: None)
    assert desk.ask_back() is not None
    desk.lose_all()  # the socket closed before anything was answered
    assert not answer.done()
    line = Line(memory)
    line.take_job()
    assert len(line.written) == 1 and not answer.done()


async def test_a_share_that_waits_too_long_for_its_session_is_lost() -> None:
    memory, answer = await broken()
    memory.expire(29.0, 30.0)
    assert not answer.done()
    memory.expire(31.0, 30.0)
    assert answer.result().kind is OutcomeKind.LOST and answer.result().reason == "no_answer"


async def test_an_answer_after_the_loss_tells_of_the_session_but_not_of_the_share() -> None:
    line = Line(EndpointMemory())
    job = line.take_job()
    answer = line.desk.submit(share_of(job), 0.0)
    line.desk.shares.expire(31.0)
    assert answer.result().kind is OutcomeKind.LOST
    step, told = line.desk.answered(ShareAnswered(3, "stale", STALE), job, 32.0)
    assert step.end is None and told is None and len(line.outcomes) == 1


async def test_the_same_nonce_of_one_extranonce2_goes_out_once() -> None:
    line = Line(EndpointMemory())
    job = line.take_job()
    line.desk.submit(share_of(job), 0.0)
    again = line.desk.submit(share_of(job), 0.0)
    assert again.result().reason == "duplicate_not_sent" and len(line.written) == 1
    work = line.desk.shares.ring.newest
    assert work is not None
    other = line.dialect.job_of(work)
    assert other is not None and other.extranonce2 != job.extranonce2
    line.desk.submit(share_of(other), 0.0)
    assert len(line.written) == 2


def test_heartbeats_get_rarer_but_not_for_ever() -> None:
    memory = EndpointMemory()
    factors = []
    for _ in range(5):
        memory.beat_refused()
        factors.append(memory.beat_factor)
    assert factors == [2, 4, 8, 8, 8]
