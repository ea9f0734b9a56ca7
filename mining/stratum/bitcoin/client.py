"""The client side of one Stratum V1 connection: intents become lines, bytes become events.

One object per TCP connection: it subscribes and authorizes once. It keeps the extranonce, the difficulty, the ids of
requests and the current job; it has no clock, so deadlines and reconnects belong to the session above. Whatever a
server sends ends in an event; only this program's own mistakes raise (UseError). Optional requests (configure,
extranonce.subscribe, suggest_difficulty) hold up nothing: some pools never answer them.
"""

from __future__ import annotations

from enum import Enum

from mining.stratum.agent import agent
from mining.stratum.bitcoin.answers import (
    Subscription,
    Verdict,
    error_of,
    request_number,
    subscription_of,
    verdict_of,
)
from mining.stratum.bitcoin.difficulty import Difficulty
from mining.stratum.bitcoin.events import (
    Answered,
    Authorized,
    AuthorizeRefused,
    Event,
    ForeignDialectSpoken,
    Ignored,
    MessageShown,
    OptionAnswered,
    ProtocolViolated,
    Subscribed,
    SubscribeRefused,
)
from mining.stratum.bitcoin.header import word_hex
from mining.stratum.bitcoin.job import V1Job
from mining.stratum.bitcoin.options import Options, wire_number
from mining.stratum.bitcoin.pushes import answer_line, answered, reconnect_request, shown_message, unknown
from mining.stratum.bitcoin.requests import Method, OpenRequests
from mining.stratum.bitcoin.work import PoolWork
from mining.stratum.errors import LineTooLongError, MessageError, PeerError, UseError
from mining.stratum.framing import LINE_LIMIT, LineBuffer
from mining.stratum.json_lines import decode_object
from mining.stratum.reasons import is_unknown_method
from mining.stratum.request import Request

_MOST_VIOLATIONS = 10


class _State(Enum):
    NEW = "new"
    SUBSCRIBING = "subscribing"
    SUBSCRIBED = "subscribed"
    AUTHORIZING = "authorizing"
    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"


class BitcoinClient:
    """Codec of one connection; `system` stands in the agent's name."""

    def __init__(self, *, system: str = "Linux x86_64", line_limit: int = LINE_LIMIT) -> None:
        self._agent = agent(system)
        self._lines = LineBuffer(line_limit)
        self._state = _State.NEW
        self._requests = OpenRequests()
        self._work = PoolWork()
        self._violations = 0
        self._user = ""
        self._session_id: str | None = None
        self._resume: Subscription | None = None
        self._options = Options()

    @property
    def is_ready(self) -> bool:
        """Whether the worker is authorized, and the connection can still be used."""
        return self._state is _State.READY

    @property
    def job(self) -> V1Job | None:
        """The newest job that was given out."""
        return self._work.job

    @property
    def version_mask(self) -> int:
        """The bits of the version that are ours now, 0 without version rolling."""
        return self._options.version_mask

    @property
    def subscription(self) -> Subscription | None:
        """What the next connection needs to resume this session; None before the subscription."""
        extranonce = self._work.extranonce
        return None if extranonce is None else Subscription(self._session_id, extranonce)

    # --- intents ------------------------------------------------------------------------------------------------------

    def configure(
        self,
        *,
        version_mask: int = 0,
        minimum_difficulty: Difficulty | None = None,
        is_extranonce_wanted: bool = False,
    ) -> Request:
        """Return the optional first request (BIP 310), for what is given. Raises UseError after the subscription."""
        self._check(_State.NEW)
        params = self._options.ask(
            version_mask=version_mask, minimum_difficulty=minimum_difficulty, is_extranonce_wanted=is_extranonce_wanted
        )
        return self._requests.add(Method.CONFIGURE, params)

    def subscribe(self, resume: Subscription | None = None) -> Request:
        """Return the subscription. `resume`: the `subscription` of the lost connection whose session is wanted back."""
        self._check(_State.NEW)
        params: list[object] = [self._agent]
        if resume is not None and resume.session_id is not None:
            params.append(resume.session_id)
        request = self._requests.add(Method.SUBSCRIBE, params)
        self._state, self._resume = _State.SUBSCRIBING, resume
        return request

    def authorize(self, user: str, password: str = "") -> Request:
        """Return the log-in of the worker. An empty password is sent as "x"."""
        self._check(_State.SUBSCRIBED)
        request = self._requests.add(Method.AUTHORIZE, [user, password or "x"])
        self._state, self._user = _State.AUTHORIZING, user
        return request

    def extranonce_subscribe(self) -> Request:
        """Return the optional wish for `mining.set_extranonce`. Some pools close the connection over it."""
        self._check(_State.SUBSCRIBED, _State.AUTHORIZING, _State.READY)
        return self._requests.add(Method.EXTRANONCE_SUBSCRIBE, [])

    def suggest_difficulty(self, difficulty: Difficulty) -> Request:
        """Return the optional wish for a difficulty, which ckpool reads only from an authorized worker."""
        self._check(_State.READY)
        return self._requests.add(Method.SUGGEST_DIFFICULTY, [wire_number(difficulty)])

    def submit(
        self,
        job: V1Job,
        *,
        extranonce2: bytes,
        nonce: int,
        ntime: int | None = None,
        version_bits: int | None = None,
    ) -> Request:
        """Return the line that submits a share of `job`; `ntime` defaults to the job's.

        `version_bits` are sent only after a granted version rolling, by default those of the job. Raises UseError for a
        job of another session, an extranonce2 of a wrong length, and numbers that do not fit.
        """
        self._check(_State.READY)
        if not self._work.is_ours(job):
            raise UseError("The share belongs to another session", next_step="Count it as lost; never send it.")
        if len(extranonce2) != job.extranonce.second_size:
            raise UseError(f"The extranonce2 has {len(extranonce2)} bytes, not {job.extranonce.second_size}")
        time = word_hex(job.ntime if ntime is None else ntime)
        params: list[object] = [self._user, job.job_id, extranonce2.hex(), time, word_hex(nonce)]
        bits = self._options.submitted_bits(job, version_bits)
        if bits is not None:
            params.append(bits)
        return self._requests.add(Method.SUBMIT, params)

    # --- what the server says -----------------------------------------------------------------------------------------

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

    def _check(self, *states: _State) -> None:
        if self._state not in states:
            wanted = " or ".join(state.value for state in states)
            raise UseError(f"The connection is {self._state.value}, not {wanted}", next_step="Send nothing on it.")

    def _violated(self, error: PeerError, events: list[Event], *, is_final: bool) -> None:
        if is_final:
            self._state = _State.FAILED
            self._work.forget()
        events.append(ProtocolViolated(error.sentence, error.code, is_final))

    def _take(self, message: dict[str, object], events: list[Event]) -> None:
        method = message.get("method")
        if isinstance(method, str):
            self._take_call(message, method, events)
        elif method is None and ("result" in message or "error" in message):
            self._take_answer(message, events)
        else:
            raise MessageError("The other side sent an object that is neither a request nor an answer")

    def _take_call(self, message: dict[str, object], method: str, events: list[Event]) -> None:
        params = message.get("params")
        match method:
            case "mining.notify":
                if self._state is _State.REFUSED:
                    events.append(Ignored("The server sent a job to a worker that it refused", b""))
                else:
                    self._work.notify(params, events)
            case "mining.set_difficulty":
                self._work.set_difficulty(params, events)
            case "mining.set_extranonce":
                self._work.set_extranonce(params, events)
            case "mining.set_version_mask":
                events.append(self._options.set_version_mask(params))
            case "client.reconnect":
                events.append(reconnect_request(params))
            case "client.show_message":
                events.append(shown_message(params))
            case "client.get_version":
                events.append(answered(message, method, self._agent))
                return
            case "mining.ping":
                events.append(answered(message, method, "pong"))
                return
            case "job" if self._state in (_State.SUBSCRIBING, _State.AUTHORIZING):
                events.append(ForeignDialectSpoken(method))
                return
            case _:
                events.append(unknown(message, method))
                return
        if answer := answer_line(message, True):
            events.append(Ignored("The server wants an answer to what it set", answer))

    def _take_answer(self, message: dict[str, object], events: list[Event]) -> None:
        number = request_number(message.get("id"))
        method = self._requests.close(number)
        if method is None:
            method = self._meant(message)
        match method:
            case Method.SUBSCRIBE:
                self._take_subscription(message, events)
            case Method.AUTHORIZE:
                self._take_authorization(verdict_of(message), events)
            case Method.CONFIGURE:
                events.append(self._options.answered(message))
            case Method.SUBMIT:
                events.append(Answered(number or 0, *verdict_of(message)))
            case Method.EXTRANONCE_SUBSCRIBE | Method.SUGGEST_DIFFICULTY:
                events.append(OptionAnswered(number or 0, method.value, *verdict_of(message)))
            case None:
                self._take_stray(verdict_of(message), events)

    def _meant(self, message: dict[str, object]) -> Method | None:
        """What a refusal without one of our numbers refuses: the step of the start that is waited for."""
        waited = {_State.SUBSCRIBING: Method.SUBSCRIBE, _State.AUTHORIZING: Method.AUTHORIZE}.get(self._state)
        if waited is None or error_of(message) is None or self._requests.close_only(waited) is None:
            return None
        return waited

    @staticmethod
    def _take_stray(verdict: Verdict, events: list[Event]) -> None:
        if verdict.ok or not verdict.message:
            events.append(Ignored("The server answered a request that is not open", b""))
        else:
            events.append(MessageShown(verdict.message, verdict.code))

    def _take_subscription(self, message: dict[str, object], events: list[Event]) -> None:
        self._state = _State.REFUSED
        result = message.get("result")
        refusal = error_of(message) or (verdict_of(message) if result is None or result is False else None)
        if refusal is not None:
            self._work.forget()
            if is_unknown_method(refusal.message):  # mining.subscribe is what every Stratum V1 server knows
                events.append(ForeignDialectSpoken(refusal.message))
                return
            events.append(SubscribeRefused(refusal.message, refusal.code))
            return
        session_id, extranonce = subscription_of(result)
        self._state, self._session_id = _State.SUBSCRIBED, session_id
        is_resumed = self._resume is not None and self._resume.extranonce == extranonce
        events.append(Subscribed(extranonce.first, extranonce.second_size, session_id, is_resumed))
        self._work.subscribe(extranonce, events)

    def _take_authorization(self, verdict: Verdict, events: list[Event]) -> None:
        if verdict.ok:
            self._state = _State.READY
            events.append(Authorized())
            self._work.authorize(events)
        else:
            self._state = _State.REFUSED
            self._work.forget()
            events.append(AuthorizeRefused(verdict.message, verdict.code))
