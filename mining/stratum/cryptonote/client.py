"""The client side of one CryptoNote connection: intents become lines, bytes become events.

One object per TCP connection: it logs in once, and a new connection needs a new one. It keeps the session id, the ids
of requests and the current job; it has no clock, so deadlines, heartbeats and reconnects belong to the session above.
Whatever a server sends ends in an event; only this program's own mistakes raise (UseError).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from mining.algorithms.registry import ALGORITHMS
from mining.stratum.agent import agent
from mining.stratum.cryptonote.answers import Verdict, extensions_of, request_number, verdict_of
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
    SessionReplaced,
)
from mining.stratum.cryptonote.job import EmptyJob, PoolJob, decode_job, is_same_work
from mining.stratum.cryptonote.nonces import nonce_hex
from mining.stratum.cryptonote.pushes import ignored, notice, reconnect_request
from mining.stratum.errors import LineTooLongError, MessageError, PeerError, RequestTooLongError, UseError
from mining.stratum.framing import LINE_LIMIT, LineBuffer
from mining.stratum.json_lines import decode_object, encode_line, wire_id
from mining.stratum.request import Request

LONGEST_REQUEST = 1000  # bytes with the line end: p2pool bans over 1023
LOGIN_ID = 1
_MOST_PENDING = 4096  # requests that a server never answers must not add up for days
_MOST_VIOLATIONS = 10


class _Kind(Enum):
    LOGIN = "login"
    SUBMIT = "submit"
    KEEPALIVE = "keepalived"
    GET_JOB = "getjob"


class _State(Enum):
    NEW = "new"
    LOGGING_IN = "logging in"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"


class CryptonoteClient:
    """Codec of one connection.

    `algorithm` is what a job without `algo` is taken for; `is_nicehash_forced` keeps the top nonce byte whatever the
    server offers; `system` stands in the agent's name.
    """

    def __init__(
        self,
        *,
        algorithm: str = "rx/0",
        is_nicehash_forced: bool = False,
        system: str = "Linux x86_64",
        line_limit: int = LINE_LIMIT,
    ) -> None:
        self._algorithm = algorithm
        self._is_nicehash_forced = is_nicehash_forced
        self._agent = agent(system)
        self._lines = LineBuffer(line_limit)
        self._state = _State.NEW
        self._next_id = LOGIN_ID
        self._pending: dict[int, _Kind] = {}
        self._early_job: object = None
        self._violations = 0
        self.session_id: str | int | None = None
        self.extensions: frozenset[str] = frozenset()
        self.job: PoolJob | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the login was granted, and the connection can still be used."""
        return self._state is _State.READY

    def login(
        self,
        login: str,
        password: str = "",
        *,
        rig_id: str = "",
        algorithms: Sequence[str] = (),
        hashrates_hps: Mapping[str, float] | None = None,
        algo_min_time_s: int | None = None,
    ) -> bytes:
        """Return the login line, request 1. An empty password is sent as "x": some pools refuse or break without one.

        Raises UseError at a second login on a connection (MoneroOcean and p2pool ban for it), RequestTooLongError when
        the texts are too long together.
        """
        if self._state is not _State.NEW:
            raise UseError("A connection logs in once", next_step="Open a new connection for a new login.")
        params: dict[str, object] = {"login": login, "pass": password or "x", "agent": self._agent}
        if rig_id:
            params["rigid"] = rig_id
        params["algo"] = list(algorithms or (self._algorithm,))
        if hashrates_hps:
            params["algo-perf"] = dict(hashrates_hps)
        if algo_min_time_s is not None:
            params["algo-min-time"] = algo_min_time_s
        line = self._request(_Kind.LOGIN, params).line
        self._state = _State.LOGGING_IN
        return line

    def submit(self, job: PoolJob, nonce: int, result: bytes, *, commitment: bytes | None = None) -> Request:
        """Return the line that submits a share of `job`.

        `result` are the 32 bytes that were compared with the target. For rx/2 that is the commitment value, and the
        field named `commitment` carries the raw RandomX hash: give that hash as `commitment` (other algorithms: not
        sent). Raises UseError for a job of another session, a nonce that the session may not use, and wrong lengths.
        """
        self._check_ready()
        if job.session_id != self.session_id:
            raise UseError("The share belongs to another session", next_step="Count it as lost; never send it.")
        if nonce not in job.nonces:
            raise UseError(f"The nonce {nonce:#x} is outside the range of its job", next_step="Do not send it.")
        if len(result) != 32:
            raise UseError(f"The result has {len(result)} bytes, not 32", next_step="Do not send it.")
        params: dict[str, object] = {
            "id": self.session_id,
            "job_id": job.job_id,
            "nonce": nonce_hex(nonce),
            "result": result.hex(),
        }
        row = ALGORITHMS.get(job.algorithm)
        if row is not None and row.is_v2:
            if commitment is None or len(commitment) != 32:
                raise UseError("A share of rx/2 needs its raw hash of 32 bytes", next_step="Do not send it.")
            params["commitment"] = commitment.hex()
        if "algo" in self.extensions:
            params["algo"] = job.wire_algorithm or job.algorithm
        return self._request(_Kind.SUBMIT, params)

    def keepalived(self) -> Request:
        """Return a heartbeat. p2pool and miningcore never answer it."""
        self._check_ready()
        return self._request(_Kind.KEEPALIVE, {"id": self.session_id})

    def getjob(self) -> Request:
        """Return a request for the current job. p2pool bans for it; Snipa answers by a push, or not at all."""
        self._check_ready()
        return self._request(_Kind.GET_JOB, {"id": self.session_id})

    def receive(self, data: bytes) -> list[Event]:
        """Take what one read gave, and return what it said. Never raises for anything a server can send.

        After a violation that is final, everything else is dropped.
        """
        events: list[Event] = []
        if self._state is _State.FAILED:
            return events
        failure: LineTooLongError | None = None
        try:
            lines = self._lines.feed(data)
        except LineTooLongError as error:
            lines, failure = error.lines, error
        for line in lines:
            try:
                self._take(decode_object(line), events)
            except PeerError as error:
                self._violations += 1
                is_final = self._violations >= _MOST_VIOLATIONS
                self._violated(error, events, is_final=is_final)
                if is_final:
                    return events
        if failure is not None:
            self._violated(failure, events, is_final=True)
        return events

    def _check_ready(self) -> None:
        if self._state is not _State.READY:
            raise UseError(f"The connection is {self._state.value}, not ready", next_step="Send nothing on it.")

    def _request(self, kind: _Kind, params: dict[str, object]) -> Request:
        number = self._next_id
        line = encode_line({"id": number, "jsonrpc": "2.0", "method": kind.value, "params": params})
        if len(line) > LONGEST_REQUEST:
            raise RequestTooLongError(
                f"The {kind.value} is {len(line)} bytes long, and pools read at most {LONGEST_REQUEST}",
                next_step="Shorten worker, e-mail, password or the list of algorithms.",
            )
        self._next_id += 1
        if len(self._pending) >= _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[number] = kind
        return Request(number, line)

    def _violated(self, error: PeerError, events: list[Event], *, is_final: bool) -> None:
        if is_final:
            self._state = _State.FAILED
            self._early_job = None
        events.append(ProtocolViolated(error.sentence, error.code, is_final))

    def _take(self, message: dict[str, object], events: list[Event]) -> None:
        method = message.get("method")
        if method == "job":
            self._take_job(message.get("params"), events)
        elif method == "client.reconnect":
            events.append(reconnect_request(message))
        elif method == "client.show_message":
            events.append(notice(message))
        elif isinstance(method, str) and method.startswith("mining.") and self._state is _State.LOGGING_IN:
            events.append(ForeignDialectSpoken(method))
        elif isinstance(method, str):
            events.append(ignored(message, method))
        elif method is None and ("result" in message or "error" in message):
            self._take_answer(message, events)
        else:
            raise MessageError("The other side sent an object that is neither a request nor an answer")

    def _take_answer(self, message: dict[str, object], events: list[Event]) -> None:
        verdict = verdict_of(message)
        number = request_number(message.get("id"))
        kind = None if number is None else self._pending.pop(number, None)
        if kind is None and self._state is _State.LOGGING_IN and (not verdict.ok or _has_id(message)):
            kind = self._pending.pop(LOGIN_ID)  # nothing else can be meant
        if kind is _Kind.LOGIN:
            self._take_login(message, verdict, events)
        elif number is None or kind is None:
            self._take_stray(verdict, events)
        elif kind is _Kind.SUBMIT:
            events.append(Answered(number, *verdict))
        elif kind is _Kind.KEEPALIVE:
            events.append(KeepaliveAnswered(number, *verdict))
        else:
            events.append(JobRequestAnswered(number, *verdict))
            result = message.get("result")
            if verdict.ok and isinstance(result, dict) and ("job" in result or "job_id" in result):
                self._take_job(result, events)

    @staticmethod
    def _take_stray(verdict: Verdict, events: list[Event]) -> None:
        if verdict.ok:
            events.append(MessageIgnored("The server answered a request that is not open", b""))
        else:
            events.append(NoticeReceived(verdict.message, verdict.code))

    def _take_login(self, message: dict[str, object], verdict: Verdict, events: list[Event]) -> None:
        early, self._early_job = self._early_job, None
        self._state = _State.REFUSED
        if not verdict.ok:
            events.append(LoginRefused(verdict.message, verdict.code))
            return
        result = message.get("result")
        session_id = wire_id(result.get("id")) if isinstance(result, dict) else None
        if not isinstance(result, dict) or session_id is None:
            raise MessageError(
                "The pool granted the login without a session id", next_step="Check that the port is for Monero miners."
            )
        self._state = _State.READY
        self.session_id = session_id
        self.extensions = extensions_of(result)
        failure: PeerError | None = None
        try:
            job = self._decode(result.get("job"))
        except PeerError as error:
            job, failure = EmptyJob(), error
        self.job = job if isinstance(job, PoolJob) else None
        events.append(LoggedIn(session_id, self.job, self.extensions))
        if failure is not None:
            raise failure
        if self.job is None and early is not None:
            self._take_job(early, events)

    def _decode(self, params: object) -> PoolJob | EmptyJob:
        return decode_job(
            params,
            session_id=self.session_id,
            extensions=self.extensions,
            algorithm=self._algorithm,
            is_nicehash_forced=self._is_nicehash_forced,
        )

    def _take_job(self, params: object, events: list[Event]) -> None:
        if self._state is _State.LOGGING_IN:
            self._early_job = params  # its session is known after the login reply
            return
        if self._state is not _State.READY:
            events.append(MessageIgnored("The server sent a job without a login", b""))
            return
        job = self._decode(params)
        if isinstance(job, EmptyJob):
            events.append(EmptyJobReceived())
        elif job.named_session is not None and str(job.named_session) != str(self.session_id):
            events.append(SessionReplaced(job.named_session))
        elif self.job is not None and is_same_work(self.job, job):
            events.append(JobRepeated(self.job))
        else:
            self.job = job
            events.append(JobReceived(job))


def _has_id(message: dict[str, object]) -> bool:
    """Whether the result names a session."""
    result = message.get("result")
    return isinstance(result, dict) and wire_id(result.get("id")) is not None
