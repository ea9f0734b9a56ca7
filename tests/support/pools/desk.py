"""How a test pool answers requests: ids, signs of life, unknown methods. Logins and shares have desks of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from mining.stratum.cryptonote.server import (
    GetJob,
    JsonId,
    KeepAlived,
    Login,
    Malformed,
    Request,
    RequestFault,
    Submit,
    Unknown,
    decode_request,
)
from mining.stratum.cryptonote.server_messages import (
    EMPTY_JOB,
    encode_error,
    encode_job,
    encode_result,
    encode_status,
    job_object,
)
from tests.support.pools.behaviour import Beat, Effect, GetJobAnswer, RequestIdRule, Unchanged
from tests.support.pools.connection import Connection
from tests.support.pools.faults import FaultKind
from tests.support.pools.hashing import ShareHasher
from tests.support.pools.judge import ShareJudge, Spawn
from tests.support.pools.login_desk import LoginDesk
from tests.support.pools.records import Line, Offence
from tests.support.pools.state import PoolState, Session

UNREADABLE = (RequestFault.NOT_JSON, RequestFault.NOT_AN_OBJECT, RequestFault.NO_METHOD)
_UINT32 = 1 << 32
_BEATS = {Submit: Beat.SUBMIT, GetJob: Beat.GETJOB, KeepAlived: Beat.KEEPALIVED}


class Desk:
    """Takes the lines of all connections. `crash` ends the process of a connection with all its sockets."""

    def __init__(
        self, state: PoolState, hasher: ShareHasher, *, spawn: Spawn, crash: Callable[[Connection], None]
    ) -> None:
        self._state = state
        self._judge = ShareJudge(state, hasher, spawn, self.ban)
        self._crash = crash
        self._logins = LoginDesk(state, self.ban, crash)

    def take(self, connection: Connection, lines: list[bytes]) -> None:
        """Handle the lines of one read."""
        for index, line in enumerate(lines):
            connection.record.requests.append(Line(time.monotonic(), line))
            self._state.notify()
            if not connection.is_open:
                continue
            self._beat(connection, Beat.ANY_LINE)
            if len(line) < self._state.behaviour.shortest_line:
                continue
            request = decode_request(line)
            if isinstance(request, Login) and index + 1 < len(lines):
                self._offend(connection, Offence.PIPELINED, lines[index + 1].decode(errors="replace"))
            self._take_one(connection, request)

    def line_too_long(self, connection: Connection) -> None:
        """React to a line over the limit."""
        self._offend(connection, Offence.LONG_LINE, f"over {self._state.behaviour.line_limit} bytes")
        text = self._state.behaviour.texts.line_too_long
        self._apply(self._state.behaviour.long_line, connection, JsonId(b"null"), text)
        connection.close("line too long")

    def ban(self, connection: Connection, why: str) -> None:
        """Ban the address, forget the miner, and close where this pool does."""
        rules = self._state.behaviour.bans
        self._state.ban(rules.seconds, self._state.behaviour.texts.banned, closes=rules.closes)
        if connection.session is not None:
            self._state.forget(connection.session)
        if rules.closes:
            connection.close(f"banned: {why}")

    def _offend(self, connection: Connection, offence: Offence, detail: str = "") -> None:
        self._state.offend(connection.record.number, offence, detail)

    def _beat(self, connection: Connection, beat: Beat, session: Session | None = None) -> None:
        target = session or connection.session
        if target is not None and beat in self._state.behaviour.heartbeat:
            target.beat_at = time.monotonic()

    # --- one request ----------------------------------------------------------------------------------------------

    def _take_one(self, connection: Connection, request: Request) -> None:
        behaviour = self._state.behaviour
        if isinstance(request, Malformed) and request.fault in UNREADABLE:
            self._malformed(connection, request, request.id)
            return
        reply_id = self._reply_id(connection, request)
        if reply_id is None:
            return
        if self._state.trouble.has(FaultKind.ID_ZERO):
            reply_id = JsonId(b"0", 0)
        if not isinstance(request, Login) and not connection.is_login_answered:
            self._offend(connection, Offence.BEFORE_LOGIN, type(request).__name__)
        if self._state.is_banned and not isinstance(request, Login):
            if self._state.ban_text is not None:
                connection.reply(encode_error(reply_id, self._state.ban_text, behaviour.style))
            if self._state.ban_closes:
                connection.close("banned")
            return
        match request:
            case Login():
                self._logins.take(connection, reply_id, request)
            case Submit():
                if behaviour.needs_text_id and request.session_id is None:
                    self._offend(connection, Offence.MALFORMED, "submit without an id")
                    self.ban(connection, "submit without an id")
                else:
                    self._judge.take(connection, reply_id, request)
            case KeepAlived():
                self._keepalived(connection, reply_id, request)
            case GetJob():
                self._getjob(connection, reply_id, request)
            case Unknown():
                self._unknown(connection, reply_id, request.method)
            case Malformed():
                self._malformed(connection, request, reply_id)
            case _:
                assert_never(request)

    def _reply_id(self, connection: Connection, request: Request) -> JsonId | None:
        """The id that the answer carries; None: there is no answer."""
        given, rule = request.id, self._state.behaviour.request_id
        value = given.value
        is_integer = type(value) is int
        if not is_integer or not value:
            self._offend(connection, Offence.BAD_REQUEST_ID, given.text.decode(errors="replace") or "absent")
        lacks_params = isinstance(request, Malformed) and request.fault is RequestFault.NO_PARAMS
        match rule:
            case RequestIdRule.FALSY_DROPPED:
                return None if not value or lacks_params else given
            case RequestIdRule.MUST_EXIST:
                if not given.is_absent:
                    return given
                self._note_protocol_error(connection)
                return None
            case RequestIdRule.TEXT_IS_ZERO:
                return given if is_integer else JsonId(b"0", 0)
            case RequestIdRule.UINT32_OR_BAN:
                if isinstance(value, int) and is_integer and 0 <= value < _UINT32:
                    return given
                self.ban(connection, "the id is no uint32")
                return None
            case RequestIdRule.NULL_CLOSES | RequestIdRule.INTEGER_OR_CLOSE:
                if value is None or (rule is RequestIdRule.INTEGER_OR_CLOSE and not is_integer):
                    connection.close("the id is not allowed")
                    return None
                return given
            case RequestIdRule.NOT_NULL:
                if value is None:
                    connection.reply(encode_error(given, "missing request id", self._state.behaviour.style))
                    return None
                return given
            case _:
                assert_never(rule)

    def _note_protocol_error(self, connection: Connection) -> None:
        connection.protocol_errors += 1
        if connection.protocol_errors >= self._state.behaviour.protocol_errors:
            connection.close("too many protocol errors")

    def _malformed(self, connection: Connection, request: Malformed, reply_id: JsonId) -> None:
        self._offend(connection, Offence.MALFORMED, f"{request.fault} {request.method} {request.detail}".strip())
        self._apply(self._state.behaviour.malformed, connection, reply_id, "Malformed message")

    def _unknown(self, connection: Connection, reply_id: JsonId, method: str) -> None:
        behaviour = self._state.behaviour
        self._offend(connection, Offence.UNKNOWN_METHOD, method)
        text, code = behaviour.texts.unknown_method, behaviour.unknown_method_code
        self._apply(behaviour.unknown_method, connection, reply_id, text, code=code)

    def _apply(
        self, effect: Effect, connection: Connection, reply_id: JsonId, text: str, *, code: int | None = None
    ) -> None:
        style = self._state.behaviour.style
        style = style if code is None else replace(style, error_code=code)
        if effect in (Effect.ERROR, Effect.ERROR_UNTIL_SHARE, Effect.ERROR_AND_CLOSE):
            connection.reply(encode_error(reply_id, text, style))
        session = connection.session
        has_share = session is not None and session.accepted > 0
        if effect is Effect.COUNTED:
            self._note_protocol_error(connection)
        elif effect is Effect.BAN:
            self.ban(connection, text)
        elif effect is Effect.CRASH:
            self._crash(connection)
        elif effect in (Effect.CLOSE, Effect.ERROR_AND_CLOSE) or (effect is Effect.ERROR_UNTIL_SHARE and not has_share):
            connection.close(text)

    # --- signs of life and questions for a job --------------------------------------------------------------------

    def _keepalived(self, connection: Connection, reply_id: JsonId, request: KeepAlived) -> None:
        behaviour = self._state.behaviour
        if not behaviour.answers_keepalived:
            return
        session = self._state.find_session(connection, request.session_id)
        if session is None:
            if behaviour.keepalived_unknown is Effect.CRASH:
                self._offend(
                    connection, Offence.CRASHED_THE_POOL, f"keepalived with the unknown id {request.session_id}"
                )
            self._apply(behaviour.keepalived_unknown, connection, reply_id, behaviour.texts.unauthenticated)
            return
        self._beat(connection, Beat.KEEPALIVED, session)
        connection.reply(encode_status(reply_id, "KEEPALIVED", behaviour.style))

    def _getjob(self, connection: Connection, reply_id: JsonId, request: GetJob) -> None:
        behaviour = self._state.behaviour
        if behaviour.getjob is GetJobAnswer.UNKNOWN:
            self._unknown(connection, reply_id, "getjob")
            return
        session = self._state.find_session(connection, request.session_id)
        if session is None:
            self._apply(behaviour.unauthenticated, connection, reply_id, behaviour.texts.unauthenticated)
            return
        self._beat(connection, Beat.GETJOB, session)
        job = session.newest_job
        is_newest = job is not None and job.template is self._state.ring.current
        if job is None or not is_newest:
            job = self._state.next_job(session)
        if behaviour.getjob is GetJobAnswer.PUSH:
            connection.notice(encode_job(job.offer(), behaviour.shape))
            return
        answer: object = job_object(job.offer(), behaviour.shape)
        if is_newest and behaviour.unchanged_job is not Unchanged.CURRENT:
            answer = EMPTY_JOB if behaviour.unchanged_job is Unchanged.EMPTY else None
        connection.reply(encode_result(reply_id, answer, behaviour.style))
