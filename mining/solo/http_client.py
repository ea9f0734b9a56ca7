"""One keep-alive HTTP connection to a daemon, with deadlines, authentication and sentences for what goes wrong.

One request at a time, in order. A kept connection that the daemon closed meanwhile is opened again once, unseen.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import secrets
from dataclasses import dataclass

from mining import __version__
from mining.engine.plan import Endpoint
from mining.errors import LoginRefusedError, SourceUnavailableError
from mining.solo.daemon_kind import DaemonKind
from mining.solo.http_digest import DigestChallenge, authorization, challenge_parse
from mining.solo.http_wire import (
    MAX_LINE_BYTES,
    ClosedBeforeAnswerError,
    HttpAnswer,
    HttpWireError,
    answer_read,
    printable,
    request_bytes,
)

USER_AGENT = f"minerconsole/{__version__}"
UNAUTHORIZED = 401
FORBIDDEN = 403
FAULT = 500
BUSY = 503
SUCCESS = 200
JSON = "application/json"
NO_ANSWER_CODE = "no_answer"
_ERRNO = re.compile(r"\[Errno (\d+)\]")


@dataclass(frozen=True, slots=True)
class HttpDeadlines:
    """How long a daemon may take, in seconds: to accept a connection, and to answer one request in full."""

    connect_s: float = 5.0
    answer_s: float = 15.0


class HttpClient:
    """Sends requests to one endpoint. Trouble is a SourceUnavailableError, a refused login a LoginRefusedError."""

    def __init__(self, endpoint: Endpoint, kind: DaemonKind, deadlines: HttpDeadlines | None = None) -> None:
        self.label = endpoint.label
        self._kind = kind
        self._endpoint = endpoint
        self._deadlines = deadlines or HttpDeadlines()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._challenge: DigestChallenge | None = None
        self._challenge_uses = 0
        self._is_basic = False
        self._called = ""
        self._turn = asyncio.Lock()

    async def exchange(self, method: str, path: str, body: bytes = b"", *, name: str = "") -> bytes:
        """Send one request and return the body of its answer: a 200, or an error that the daemon words in JSON.

        `name` is what sentences call the request, by default its path.
        """
        async with self._turn:
            self._called = name or path
            try:
                answer = await self._authenticated(method, path, body)
            except BaseException:
                self.disconnect()
                raise
            if not answer.is_reusable:
                self.disconnect()
        if answer.status == UNAUTHORIZED:
            raise self._login_refused()
        is_worded = answer.status in self._kind.error_statuses and answer.content_type.startswith(JSON)
        if answer.status != SUCCESS and not is_worded:
            raise self._failed(answer, name or path)
        return answer.body

    def disconnect(self) -> None:
        """Drop the connection, if there is one; the next request opens another."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def close(self) -> None:
        """Release the socket."""
        writer = self._writer
        self.disconnect()
        if writer is not None:
            try:
                async with asyncio.timeout(1):
                    await writer.wait_closed()
            except (OSError, TimeoutError):
                writer.transport.abort()

    async def _authenticated(self, method: str, path: str, body: bytes) -> HttpAnswer:
        """Exchange once more when the daemon asks for a login, or for a fresh one (each connection has its nonce)."""
        answer = await self._exchange_in_time(method, path, body)
        if answer.status != UNAUTHORIZED or not self._endpoint.user or self._is_basic:
            return answer
        self._is_basic = self._kind.is_login_basic and any(
            header.lower().startswith("basic") for header in answer.authenticate
        )
        challenges = (challenge_parse(header) for header in answer.authenticate)
        self._challenge = next((found for found in challenges if found is not None), None)
        self._challenge_uses = 0
        if self._challenge is None and not self._is_basic:
            return answer
        if not answer.is_reusable:
            self.disconnect()
        return await self._exchange_in_time(method, path, body)

    async def _exchange_in_time(self, method: str, path: str, body: bytes) -> HttpAnswer:
        is_reused = self._writer is not None
        try:
            return await self._exchange_once(method, path, body)
        except (ClosedBeforeAnswerError, ConnectionError) as error:
            self.disconnect()
            if not is_reused:
                raise self._unavailable(error) from None
        except (HttpWireError, OSError) as error:
            raise self._unavailable(error) from None
        try:
            return await self._exchange_once(method, path, body)
        except (HttpWireError, OSError) as error:
            raise self._unavailable(error) from None

    async def _exchange_once(self, method: str, path: str, body: bytes) -> HttpAnswer:
        reader, writer = await self._connected()
        request = request_bytes(method, path, host=self.label, headers=self._headers(method, path), body=body)
        try:
            async with asyncio.timeout(self._deadlines.answer_s):
                writer.write(request)
                await writer.drain()
                return await answer_read(reader)
        except TimeoutError:
            raise SourceUnavailableError(
                f"the daemon at {self.label} did not answer {self._called} within {self._deadlines.answer_s:g} s",
                next_step="It is tried again by itself",
                code=NO_ANSWER_CODE,
            ) from None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is not None and self._writer is not None:
            return self._reader, self._writer
        host, port = self._endpoint.host, self._endpoint.port
        try:
            async with asyncio.timeout(self._deadlines.connect_s):
                self._reader, self._writer = await asyncio.open_connection(host, port, limit=MAX_LINE_BYTES)
        except TimeoutError:
            raise self._unreachable(f"no connection within {self._deadlines.connect_s:g} s") from None
        except OSError as error:
            raise self._unreachable(_cause_of(error)) from None
        return self._reader, self._writer

    def _headers(self, method: str, path: str) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT, "Accept": JSON, "Content-Type": JSON}
        if self._is_basic:
            login = f"{self._endpoint.user}:{self._endpoint.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        elif self._challenge is not None:
            self._challenge_uses += 1
            headers["Authorization"] = authorization(
                self._challenge,
                user=self._endpoint.user,
                password=self._endpoint.password,
                method=method,
                path=path,
                count=self._challenge_uses,
                client_nonce=secrets.token_hex(8),
            )
        return headers

    def _unreachable(self, cause: str) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"no daemon answers at {self.label} ({cause})",
            next_step=f"Start {self._kind.name} there or correct the address; it is tried again by itself",
        )

    def _unavailable(self, error: Exception) -> SourceUnavailableError:
        seen = str(error) if isinstance(error, HttpWireError) else f"a broken connection ({error})"
        return SourceUnavailableError(
            f"the daemon at {self.label} answered {self._called} with {seen}", next_step=self._kind.port_hint
        )

    def _failed(self, answer: HttpAnswer, called: str) -> SourceUnavailableError:
        seen = f"HTTP {answer.status} {printable(answer.reason[:60])}".rstrip()
        match answer.status:
            case status if status == FORBIDDEN and self._kind.forbidden_hint:
                next_step = self._kind.forbidden_hint
            case status if status == BUSY or (status >= FAULT and status in self._kind.error_statuses):
                next_step = "It is starting, stopping or has too much to do; it is tried again by itself"
            case _:
                next_step = self._kind.port_hint
        return SourceUnavailableError(f"the daemon at {self.label} answered {called} with {seen}", next_step=next_step)

    def _login_refused(self) -> LoginRefusedError:
        if self._endpoint.user:
            return LoginRefusedError(
                f'the daemon at {self.label} refuses the user "{self._endpoint.user}" with this password',
                next_step=self._kind.login_hint,
            )
        return LoginRefusedError(
            f"the daemon at {self.label} asks for a user and password",
            next_step=self._kind.login_hint,
        )


def _cause_of(error: OSError) -> str:
    """The plain words of a failed connection; with several addresses asyncio hides the number in its text."""
    number = error.errno
    if number is None and (found := _ERRNO.search(str(error))):
        number = int(found[1])
    if number is not None and number > 0:
        return os.strerror(number).lower()
    return (error.strerror or str(error)).lower()
