"""The CryptoNote dialect (RandomX) behind a session: `login` is the one step, heartbeats and `getjob` exist."""

from __future__ import annotations

from dataclasses import replace

from mining.engine.jobs import Job, Share
from mining.engine.session.dialects import base
from mining.stratum.bitcoin.answers import Subscription
from mining.stratum.cryptonote.client import CryptonoteClient
from mining.stratum.cryptonote.events import (
    Answered,
    EmptyJobReceived,
    Event,
    ForeignDialectSpoken,
    JobReceived,
    JobRepeated,
    JobRequestAnswered,
    KeepaliveAnswered,
    LoggedIn,
    LoginRefused,
    MessageIgnored,
    NoticeReceived,
    ProtocolViolated,
    ReconnectRequested,
    SessionReplaced,
)
from mining.stratum.cryptonote.job import PoolJob, engine_job
from mining.stratum.login_grammar import RenderedLogin
from mining.stratum.reasons import Reason, is_unknown_method, reason_for
from mining.stratum.request import Request


class CryptonoteDialect:
    """Implements `Dialect`. `generation` goes into the jobs."""

    has_spare_work = False

    def __init__(self, login: RenderedLogin, *, algorithm: str, generation: int) -> None:
        self._login = login
        self._generation = generation
        self._client = CryptonoteClient(algorithm=algorithm)

    @property
    def subscription(self) -> Subscription | None:
        """A session ends with its socket."""
        return None

    def start(self, resume: Subscription | None = None) -> bytes:
        """Return the login."""
        return self._client.login(self._login.login, self._login.password, rig_id=self._login.rigid or "")

    def receive(self, data: bytes) -> list[base.Event]:
        """Take what one read gave."""
        return [told for event in self._client.receive(data) for told in self._told(event)]

    def job_of(self, work: base.Work) -> Job | None:
        """Return a pool's job as the engine's value."""
        assert isinstance(work, PoolJob)
        return replace(engine_job(work, is_clean=False), session=self._generation)

    def is_work_of(self, work: base.Work, job: Job) -> bool:
        """The job id is all that these pools go by."""
        return True

    def submit(self, work: base.Work, share: Share) -> Request:
        """Return the line of a share."""
        assert isinstance(work, PoolJob)
        raw_hash = share.raw_hash if share.job.algorithm == "rx/2" else None
        return self._client.submit(work, share.nonce, share.hash, commitment=raw_hash)

    def keepalive(self) -> bytes:
        """Return `keepalived`."""
        return self._client.keepalived().line

    def getjob(self) -> bytes:
        """Return `getjob`."""
        return self._client.getjob().line

    @staticmethod
    def _told(event: Event) -> list[base.Event]:
        match event:
            case LoggedIn(job=job):
                return [base.LoggedIn(), *([] if job is None else [base.WorkCame(job)])]
            case LoginRefused(message=message, code=code):
                if is_unknown_method(message):
                    return [base.WrongDialect(message)]  # a pool of this dialect knows `login`
                return [base.LoginRefused(message, reason_for(message, code=code, is_login=True))]
            case JobReceived(job=job):
                return [base.WorkCame(job)]
            case JobRepeated(job=job):
                return [base.WorkCame(job, is_repeated=True)]
            case Answered(request_id=number, ok=ok, message=message, code=code):
                return [base.ShareAnswered(number, message, _reason(ok, message, code))]
            case (
                KeepaliveAnswered(ok=ok, message=message, code=code)
                | JobRequestAnswered(ok=ok, message=message, code=code)
            ):
                return [base.BeatAnswered(message, _reason(ok, message, code))]
            case ReconnectRequested(host=host, port=port):
                return [base.ReconnectAsked(host, port)]
            case SessionReplaced():
                return [base.SessionReplaced()]
            case NoticeReceived(message=message, code=code):
                return [base.Noticed(message, reason_for(message, code=code))]
            case ProtocolViolated(sentence=sentence, code=code, is_final=is_final):
                return [base.Violated(sentence, code, is_final)]
            case MessageIgnored(answer=answer):
                return [base.LineWanted(answer)] if answer else []
            case ForeignDialectSpoken(method=method):
                return [base.WrongDialect(method)]
            case EmptyJobReceived():
                return []


def _reason(ok: bool, message: str, code: int | None) -> Reason | None:
    return None if ok else reason_for(message, code=code)
