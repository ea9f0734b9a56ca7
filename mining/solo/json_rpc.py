"""JSON-RPC calls to one daemon with strictly typed answers. Owns envelope and sentences; knows no method by name.

Every answer that is not what it should be becomes a SourceUnavailableError that names the endpoint and what was seen;
an error that the daemon itself reports becomes a `DaemonRefusalError` with its number.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from mining.engine.plan import Endpoint
from mining.errors import SourceUnavailableError
from mining.solo.daemon_kind import DaemonKind
from mining.solo.http_client import HttpClient, HttpDeadlines
from mining.solo.http_wire import excerpt, printable

MAX_MESSAGE_CHARS = 160
_T = TypeVar("_T")


class DaemonRefusalError(SourceUnavailableError):
    """The daemon answered with an error of its own. `number` is its code, `message` its words."""

    default_code = "daemon_refusal"

    def __init__(self, endpoint: str, method: str, *, number: int, message: str) -> None:
        self.number = number
        self.message = printable(message[:MAX_MESSAGE_CHARS])
        super().__init__(
            f"the daemon at {endpoint} refused {method}: {self.message} (error {number})",
            next_step="Its own log may say more; it is tried again by itself",
        )


class _ErrorBody(msgspec.Struct, frozen=True):
    code: int
    message: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _ErrorBody | None = None


class JsonRpc:
    """Asks one daemon. Calls are answered one after the other; use one object for each independent purpose."""

    def __init__(self, endpoint: Endpoint, kind: DaemonKind, deadlines: HttpDeadlines | None, *, path: str) -> None:
        self.label = endpoint.label
        self._kind = kind
        self._path = path
        self._http = HttpClient(endpoint, kind, deadlines)
        self._serial = 0

    async def get(self, path: str) -> bytes:
        """Return the body of a plain GET."""
        return await self._http.exchange("GET", path)

    async def call(self, method: str, params: object, *, name: str = "") -> bytes:
        """Return the JSON of the result. `params` None leaves them out; `name` stands for the path in sentences."""
        self._serial += 1
        request: dict[str, object] = {"jsonrpc": "2.0", "id": self._serial, "method": method}
        if params is not None:
            request["params"] = params
        body = await self._http.exchange("POST", self._path, msgspec.json.encode(request), name=name)
        envelope = self.parsed(method, body, _Envelope)
        if envelope.error is not None:
            message = envelope.error.message or "no reason given"
            raise DaemonRefusalError(self.label, method, number=envelope.error.code, message=message)
        return bytes(envelope.result)

    async def close(self) -> None:
        """Release the socket."""
        await self._http.close()

    def parsed(self, method: str, body: bytes, answer_type: type[_T]) -> _T:
        """Decode JSON as `answer_type`."""
        try:
            return msgspec.json.decode(body, type=answer_type)
        except msgspec.ValidationError as error:
            raise self.garbage(method, f"JSON that is not what was asked for ({error})") from None
        except (ValueError, RecursionError):
            if body.lstrip()[:1] == b"<":
                raise self.garbage(method, f"a web page instead of JSON ({excerpt(body)})") from None
            raise self.garbage(method, f"something that is not JSON ({excerpt(body)})") from None

    def garbage(self, method: str, seen: str) -> SourceUnavailableError:
        """The error for an answer that makes no sense."""
        return SourceUnavailableError(
            f"the daemon at {self.label} answered {method} with {seen}", next_step=self._kind.port_hint
        )
