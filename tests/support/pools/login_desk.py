"""How a test pool answers logins: its grammar, bans, refusals that are due, and what a second login does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import assert_never

from mining.stratum.cryptonote.server import JsonId, Login
from mining.stratum.cryptonote.server_messages import encode_error, encode_login, job_object
from tests.support.pools.behaviour import SecondLogin
from tests.support.pools.connection import Connection
from tests.support.pools.faults import FaultKind
from tests.support.pools.logins import read_login
from tests.support.pools.records import LoginRecord, Offence
from tests.support.pools.state import PoolState


class LoginDesk:
    """Takes the logins of all connections. `ban` bans, `crash` ends the process of a connection."""

    def __init__(
        self, state: PoolState, ban: Callable[[Connection, str], None], crash: Callable[[Connection], None]
    ) -> None:
        self._state = state
        self._ban = ban
        self._crash = crash

    def take(self, connection: Connection, reply_id: JsonId, request: Login) -> None:
        """Answer one login, or have it answered late."""
        if connection.login_count:
            self._offend(connection, Offence.SECOND_LOGIN, request.login)
            if not self._may_log_in_again(connection, reply_id):
                return
        connection.login_count += 1
        behaviour, trouble = self._state.behaviour, self._state.trouble
        if trouble.delayed_refusal:
            text, trouble.delayed_refusal = trouble.delayed_refusal, ""
            later = asyncio.get_running_loop().call_later
            later(trouble.delayed_refusal_s, self._refuse_login, connection, reply_id, request, text)
            return
        if self._state.is_banned:
            self._refuse_login(connection, reply_id, request, self._state.ban_text or "banned")
            return
        if trouble.has(FaultKind.REFUSE_LOGIN):
            self._refuse_login(connection, reply_id, request, trouble.refusal)
            return
        if behaviour.crashes_without_password and request.password is None:
            self._offend(connection, Offence.CRASHED_THE_POOL, "login without pass")
            self._crash(connection)
            return
        reading = read_login(behaviour, request)
        if reading.refusal:
            self._offend(connection, Offence.BAD_LOGIN, reading.refusal)
            self._refuse_login(connection, reply_id, request, reading.refusal)
            if Offence.BAD_LOGIN in behaviour.bans.causes:
                self._ban(connection, reading.refusal)
            return
        wanted = behaviour.difficulty if reading.difficulty is None else reading.difficulty
        difficulty = max(1, min(wanted, behaviour.largest_difficulty))
        self._accept_login(connection, reply_id, request, worker=reading.worker, difficulty=difficulty)

    def _may_log_in_again(self, connection: Connection, reply_id: JsonId) -> bool:
        behaviour = self._state.behaviour
        match behaviour.second_login:
            case SecondLogin.BANS:
                if behaviour.texts.banned is not None:
                    connection.reply(encode_error(reply_id, behaviour.texts.second_login, behaviour.style))
                self._ban(connection, "a second login")
                return False
            case SecondLogin.REFUSED:
                connection.reply(encode_error(reply_id, behaviour.texts.second_login, behaviour.style))
                if connection.session is None:
                    connection.close("a second login before the first job")
                return False
            case SecondLogin.REPLACES:
                if connection.session is not None:
                    self._state.forget(connection.session)
                return True
            case SecondLogin.ADDS:
                return True
            case _:
                assert_never(behaviour.second_login)

    def _accept_login(
        self, connection: Connection, reply_id: JsonId, request: Login, *, worker: str, difficulty: int
    ) -> None:
        behaviour = self._state.behaviour
        session = self._state.open_session(connection, worker, difficulty)
        job = job_object(self._state.next_job(session).offer(), behaviour.shape)
        self._note_login(connection, request, session_id=session.id, difficulty=difficulty)
        line = encode_login(reply_id, session.id, job, extensions=behaviour.extensions, style=behaviour.style)
        connection.reply(line, is_login_answer=True)

    def _refuse_login(self, connection: Connection, reply_id: JsonId, request: Login, text: str) -> None:
        self._note_login(connection, request, refusal=text)
        connection.reply(encode_error(reply_id, text, self._state.behaviour.style), is_login_answer=True)
        connection.close(f"login refused: {text}")

    def _note_login(
        self, connection: Connection, request: Login, *, session_id: str = "", difficulty: int = 0, refusal: str = ""
    ) -> None:
        record = LoginRecord(
            time.monotonic(),
            connection.record.number,
            request.login,
            request.password,
            request.agent,
            session_id,
            difficulty,
            refusal,
        )
        self._state.logins.append(record)
        self._state.notify()

    def _offend(self, connection: Connection, offence: Offence, detail: str) -> None:
        self._state.offend(connection.record.number, offence, detail)
