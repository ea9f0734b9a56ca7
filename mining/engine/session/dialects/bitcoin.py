"""Stratum V1 (Scrypt) behind a session: subscribe, then authorize; one engine Job for each extranonce2 value.

The login is two steps, which the session sees as one. There are no heartbeats and no way to ask for a job; instead a
job that is used up goes on with the next extranonce2, without the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mining.engine.jobs import Job, Share
from mining.engine.session.dialects import base
from mining.engine.session.endpoint_memory import EndpointMemory
from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.bitcoin.client import BitcoinClient
from mining.stratum.bitcoin.events import (
    Answered,
    Authorized,
    AuthorizeRefused,
    Configured,
    DifficultySet,
    Event,
    ExtranonceSet,
    ForeignDialectSpoken,
    Ignored,
    JobReceived,
    JobRepeated,
    MessageShown,
    OptionAnswered,
    ProtocolViolated,
    ReconnectRequested,
    Subscribed,
    SubscribeRefused,
    VersionMaskSet,
)
from mining.stratum.bitcoin.header import engine_job, header
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.reasons import ServerFamily, reason_for
from mining.stratum.errors import UseError
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.request import Request


@dataclass(frozen=True, slots=True)
class V1Wishes:
    """What is asked for besides a login: the pool's errors are those of `family`; `difficulty` is suggested after the
    login (0: not); `is_extranonce_wanted`: ask to be told new extranonces."""

    family: ServerFamily = ServerFamily.CLASSIC
    difficulty: int = 0
    is_extranonce_wanted: bool = False


class BitcoinDialect:
    """Implements `Dialect`. `generation` goes into the jobs; `memory` keeps what was given out at this endpoint."""

    has_spare_work = True

    def __init__(
        self,
        login: RenderedLogin,
        wishes: V1Wishes,
        memory: EndpointMemory,
        *,
        algorithm: str,
        generation: int,
    ) -> None:
        self._login = login
        self._wishes = wishes
        self._memory = memory
        self._algorithm = algorithm
        self._generation = generation
        self._is_resumed = False
        self._client = BitcoinClient()

    @property
    def subscription(self) -> Subscription | None:
        """What the next connection needs to go on with this session."""
        return self._client.subscription

    def start(self, resume: Subscription | None = None) -> bytes:
        """Return the subscription; `authorize` follows when it is granted."""
        return self._client.subscribe(resume).line

    def receive(self, data: bytes) -> list[base.Event]:
        """Take what one read gave."""
        return [told for event in self._client.receive(data) for told in self._told(event)]

    def job_of(self, work: base.Work) -> Job | None:
        """Return the job with an extranonce2 that it never had before at this endpoint."""
        assert isinstance(work, V1Job)
        extranonce2 = self._memory.extranonces_of(work.extranonce).take(work)
        if extranonce2 is None:
            return None
        return replace(engine_job(work, extranonce2, algorithm=self._algorithm), session=self._generation)

    def is_work_of(self, work: base.Work, job: Job) -> bool:
        """Whether the same header comes out: with a new extranonce1 a job id stands for other work."""
        assert isinstance(work, V1Job)
        return len(job.extranonce2) == work.extranonce.second_size and header(work, job.extranonce2) == job.blob

    def submit(self, work: base.Work, share: Share) -> Request:
        """Return `mining.submit`."""
        assert isinstance(work, V1Job)
        return self._client.submit(work, extranonce2=share.job.extranonce2, nonce=share.nonce)

    def keepalive(self) -> bytes:
        """Stratum V1 has no heartbeat."""
        raise UseError("Stratum V1 has no heartbeat")

    def getjob(self) -> bytes:
        """Stratum V1 sends jobs unasked only."""
        raise UseError("Stratum V1 knows no request for a job")

    def _told(self, event: Event) -> list[base.Event]:
        match event:
            case Subscribed(is_resumed=is_resumed):
                self._is_resumed = is_resumed
                return self._lines(lambda: self._client.authorize(self._login.login, self._login.password))
            case Authorized():
                return [*self._options(), base.LoggedIn(self._is_resumed)]
            case SubscribeRefused(message=message, code=code) | AuthorizeRefused(message=message, code=code):
                reason = reason_for(message, code=code, family=self._wishes.family, is_login=True)
                return [base.LoginRefused(message or "false", reason)]
            case JobReceived(job=job):
                return [base.WorkCame(job, is_clean=job.is_clean)]
            case JobRepeated(job=job):
                return [base.WorkCame(job, is_clean=job.is_clean, is_repeated=True)]
            case Answered():
                return [self._answered(event)]
            case ReconnectRequested(host=host, port=port, wait_s=wait_s):
                return [base.ReconnectAsked(host, port, wait_s)]
            case MessageShown(message=message, code=code):
                return [base.Noticed(message, reason_for(message, code=code, family=self._wishes.family))]
            case ProtocolViolated(sentence=sentence, code=code, is_final=is_final):
                return [base.Violated(sentence, code, is_final)]
            case Ignored(answer=answer):
                return [base.LineWanted(answer)] if answer else []
            case ForeignDialectSpoken(what=what):
                return [base.WrongDialect(what)]
            case DifficultySet() | ExtranonceSet() | VersionMaskSet() | Configured() | OptionAnswered():
                return []

    def _answered(self, event: Answered) -> base.ShareAnswered:
        if event.ok:
            self._memory.has_accepted = True
            return base.ShareAnswered(event.request_id)
        is_first = not self._memory.has_accepted
        reason = reason_for(event.message, code=event.code, family=self._wishes.family, is_first_share=is_first)
        return base.ShareAnswered(event.request_id, event.message, reason)

    def _options(self) -> list[base.Event]:
        """The optional wishes; their answers, if any, change nothing."""
        wanted = []
        if self._wishes.is_extranonce_wanted:
            wanted += self._lines(self._client.extranonce_subscribe)
        if self._wishes.difficulty:
            wanted += self._lines(lambda: self._client.suggest_difficulty(self._wishes.difficulty))
        return wanted

    @staticmethod
    def _lines(make: Callable[[], Request]) -> list[base.Event]:
        """The line to write; none on a connection that failed with what came in the same read."""
        try:
            return [base.LineWanted(make().line)]
        except UseError:
            return []
