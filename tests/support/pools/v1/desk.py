"""How a Stratum V1 test pool answers requests: subscription, log-in, options, what it does not know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import assert_never

from mining.stratum.bitcoin.server import (
    Authorize,
    Configure,
    ExtranonceSubscribe,
    Reply,
    Request,
    Submit,
    Subscribe,
    SuggestDifficulty,
    decode_request,
)
from mining.stratum.bitcoin.server_messages import (
    encode_configured,
    encode_error,
    encode_result,
    encode_show_message,
    encode_subscribed,
)
from mining.stratum.cryptonote.server import JsonId, Malformed, RequestFault, Unknown
from tests.support.pools.faults import FaultKind
from tests.support.pools.records import Line, LoginRecord, Offence, Verdict
from tests.support.pools.v1.behaviour import FirstJob, Reaction, Refusal
from tests.support.pools.v1.judge import V1Judge
from tests.support.pools.v1.state import V1Connection, V1Session, V1State

NOT_SUPPORTED = Refusal(20, "Not supported.")
_UNREADABLE = (RequestFault.NOT_JSON, RequestFault.NOT_AN_OBJECT, RequestFault.NO_METHOD)


class V1Desk:
    """Takes the lines of all connections. `begin_work` sends a session its difficulty and the current job."""

    def __init__(self, state: V1State, begin_work: Callable[[V1Session], None]) -> None:
        self._state = state
        self._behaviour = state.behaviour
        self._begin_work = begin_work
        self._judge = V1Judge(state, self.ban)

    def take(self, link: V1Connection, lines: list[bytes]) -> None:
        """Handle the lines of one read."""
        for line in lines:
            link.record.requests.append(Line(time.monotonic(), line))
            self._state.notify()
            if link.is_open:
                self._take_one(link, decode_request(line))

    def line_too_long(self, link: V1Connection) -> None:
        """React to a line over the limit."""
        self._offend(link, Offence.LONG_LINE, f"over {self._behaviour.line_limit} bytes")
        link.close("line too long")

    def ban(self, link: V1Connection, why: str) -> None:
        """Ban the address, and close."""
        self._state.ban(self._behaviour.ban_s, self._behaviour.banned, closes=True)
        link.close(f"banned: {why}")

    def _offend(self, link: V1Connection, offence: Offence, detail: str = "") -> None:
        self._state.offend(link.record.number, offence, detail)

    # --- one request --------------------------------------------------------------------------------------------------

    def _take_one(self, link: V1Connection, request: Request) -> None:
        if isinstance(request, Reply):
            return
        if isinstance(request, Malformed) and request.fault in _UNREADABLE:
            self._unreadable(link, request)
            return
        reply_id = self._reply_id(link, request.id)
        if self._state.is_banned:
            self._refuse(link, reply_id, Refusal(0, self._state.ban_text or "banned"))
            link.close("banned")
            return
        if not self._may_ask(link, request):
            return
        match request:
            case Subscribe():
                self._subscribe(link, reply_id, request)
            case Authorize():
                self._authorize(link, reply_id, request)
            case Submit():
                if not link.is_login_answered:
                    self._offend(link, Offence.BEFORE_LOGIN, "mining.submit")
                self._judge.take(link, reply_id, request)
            case Configure() | ExtranonceSubscribe() | SuggestDifficulty():
                self._option(link, reply_id, request)
            case Unknown():
                self._offend(link, Offence.UNKNOWN_METHOD, request.method)
                self._react(self._behaviour.unknown_method, link, reply_id, NOT_SUPPORTED)
            case Malformed():
                self._offend(link, Offence.MALFORMED, f"{request.fault} {request.method} {request.detail}".strip())
                self._refuse(link, reply_id, Refusal(20, "Malformed message"))
            case _:
                assert_never(request)

    def _unreadable(self, link: V1Connection, request: Malformed) -> None:
        self._offend(link, Offence.MALFORMED, f"{request.fault} {request.detail}".strip())
        if self._behaviour.not_json:
            link.notice(self._behaviour.not_json.encode() + b"\n")
        link.close("a line that is no request")

    def _reply_id(self, link: V1Connection, given: JsonId) -> JsonId:
        if type(given.value) is not int or not given.value:
            self._offend(link, Offence.BAD_REQUEST_ID, given.text.decode(errors="replace") or "absent")
        return JsonId(b"0", 0) if self._state.trouble.has(FaultKind.ID_ZERO) else given

    def _may_ask(self, link: V1Connection, request: Request) -> bool:
        """Whether the request may come now; closes where the pool wants a subscription first."""
        if link.session is not None or isinstance(request, Subscribe):
            return True
        if self._behaviour.unsubscribed is Reaction.CLOSE:
            self._offend(link, Offence.NOT_SUBSCRIBED, type(request).__name__)
            link.close("not subscribed")
            return False
        return True

    def _react(self, reaction: Reaction, link: V1Connection, reply_id: JsonId, refusal: Refusal) -> None:
        if reaction is Reaction.ERROR:
            self._refuse(link, reply_id, refusal)
        elif reaction is Reaction.CLOSE:
            link.close(refusal.text)

    def _refuse(self, link: V1Connection, reply_id: JsonId, refusal: Refusal) -> None:
        link.reply(encode_error(reply_id, refusal.code, refusal.text, self._behaviour.error_style))

    # --- subscription and options -------------------------------------------------------------------------------------

    def _subscribe(self, link: V1Connection, reply_id: JsonId, request: Subscribe) -> None:
        if link.session is not None:
            self._offend(link, Offence.SECOND_SUBSCRIPTION)
            if self._behaviour.second_subscription is not Reaction.REPLACE:
                self._react(self._behaviour.second_subscription, link, reply_id, Refusal(20, "Already subscribed"))
                return
        session = self._state.open_session(link, request.agent, request.session_id)
        link.reply(encode_subscribed(reply_id, session.id, session.extranonce, self._behaviour.subscribe_shape))
        if self._behaviour.first_job is FirstJob.AFTER_SUBSCRIBE:
            self._begin_work(session)

    def _option(
        self, link: V1Connection, reply_id: JsonId, request: Configure | ExtranonceSubscribe | SuggestDifficulty
    ) -> None:
        method = {
            Configure: "mining.configure",
            ExtranonceSubscribe: "mining.extranonce.subscribe",
            SuggestDifficulty: "mining.suggest_difficulty",
        }[type(request)]
        answer = self._behaviour.options.get(method, self._behaviour.unknown_method)
        if isinstance(answer, Reaction):
            self._react(answer, link, reply_id, NOT_SUPPORTED)
        elif isinstance(request, Configure):
            mask = self._behaviour.version_mask
            granted = {name: name != "version-rolling" or mask != 0 for name in request.extensions}
            link.reply(encode_configured(reply_id, granted, version_mask=mask))
        else:
            link.reply(encode_result(reply_id, answer))
        session, is_known = link.session, method in self._behaviour.options
        if isinstance(request, SuggestDifficulty) and is_known and session is not None and session.is_authorized:
            session.set_difficulty(min(request.difficulty, self._behaviour.largest_difficulty))

    # --- the log-in ---------------------------------------------------------------------------------------------------

    def _authorize(self, link: V1Connection, reply_id: JsonId, request: Authorize) -> None:
        if link.login_count:
            self._offend(link, Offence.SECOND_LOGIN, request.user)
            if self._behaviour.second_authorize is not Reaction.REPLACE:
                self._react(self._behaviour.second_authorize, link, reply_id, Refusal(21, "Already logged"))
                return
        link.login_count += 1
        trouble = self._state.trouble
        if trouble.delayed_refusal:
            text, trouble.delayed_refusal = trouble.delayed_refusal, ""
            later = asyncio.get_running_loop().call_later
            later(trouble.delayed_refusal_s, self._refuse_login, link, reply_id, request, text)
        elif trouble.has(FaultKind.REFUSE_LOGIN):
            self._refuse_login(link, reply_id, request, trouble.refusal)
        else:
            self._accept_login(link, reply_id, request)

    def _accept_login(self, link: V1Connection, reply_id: JsonId, request: Authorize) -> None:
        session = link.session
        if session is None:
            self._offend(link, Offence.NOT_SUBSCRIBED, "mining.authorize")
            self._refuse_login(link, reply_id, request, "not subscribed")
            return
        session.worker, session.is_authorized, session.is_alive = request.user, True, True
        self._note_login(link, request, session_id=session.id, difficulty=float(session.difficulty))
        link.reply(encode_result(reply_id, True), is_login_answer=True)
        if self._behaviour.welcome:
            link.notice(encode_show_message(self._behaviour.welcome.format(user=request.user)))
        if self._behaviour.first_job is FirstJob.AFTER_AUTHORIZE:
            self._begin_work(session)

    def _refuse_login(self, link: V1Connection, reply_id: JsonId, request: Authorize, text: str) -> None:
        """Refuse in the words of `text`; without words it is a bare `false`."""
        self._note_login(link, request, refusal=text or "false")
        style, code = self._behaviour.error_style, self._behaviour.refusals[Verdict.UNAUTHENTICATED].code
        line = encode_error(reply_id, code, text, style) if text else encode_result(reply_id, False)
        link.reply(line, is_login_answer=True)
        if self._behaviour.refused_closes:
            link.close(f"login refused: {text}")

    def _note_login(
        self,
        link: V1Connection,
        request: Authorize,
        *,
        session_id: str = "",
        difficulty: float = 0.0,
        refusal: str = "",
    ) -> None:
        agent = "" if link.session is None else link.session.agent
        number, now = link.record.number, time.monotonic()
        self._state.logins.append(
            LoginRecord(now, number, request.user, request.password, agent, session_id, difficulty, refusal)
        )
        self._state.notify()
