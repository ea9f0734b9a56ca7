"""The server role of Stratum V1, reading: one line of a client → one typed request. Pure.

Decides nothing: who may work, and which share counts, are the callers' business (`share_check` judges a share). Lines
come from `LineBuffer`, without their ends. The other direction is `server_messages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from mining.stratum.cryptonote.server import NO_ID, JsonId, Malformed, RequestFault, Unknown
from mining.stratum.errors import shown

_NOT_JSON = (msgspec.MsgspecError, ValueError, RecursionError)
_MOST_EXTENSIONS = 32


@dataclass(frozen=True, slots=True)
class Configure:
    """Extensions asked for (BIP 310), with their parameters as "extension.name"."""

    id: JsonId
    extensions: tuple[str, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A subscription. `session_id`: the session to resume, None for a new one."""

    id: JsonId
    agent: str = ""
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExtranonceSubscribe:
    """The wish for `mining.set_extranonce`."""

    id: JsonId


@dataclass(frozen=True, slots=True)
class Authorize:
    """The log-in of a worker."""

    id: JsonId
    user: str
    password: str = ""


@dataclass(frozen=True, slots=True)
class SuggestDifficulty:
    """The wish for a difficulty; not yet checked to be one."""

    id: JsonId
    difficulty: int | float


@dataclass(frozen=True, slots=True)
class Submit:
    """A share, in the client's own texts, not yet checked. A numeric job id is read as its decimal text."""

    id: JsonId
    user: str
    job_id: str
    extranonce2: str
    ntime: str
    nonce: str
    version_bits: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a client to one of our own requests (`client.get_version`, `mining.ping`)."""

    id: JsonId
    result: object
    error: object


Request: TypeAlias = (
    Configure | Subscribe | ExtranonceSubscribe | Authorize | SuggestDifficulty | Submit | Reply | Unknown | Malformed
)


def decode_request(line: bytes) -> Request:
    """Read one line of a client. Never raises: what cannot be read is Malformed."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return Malformed(NO_ID, RequestFault.NOT_AN_OBJECT)
    except _NOT_JSON:
        return Malformed(NO_ID, RequestFault.NOT_JSON)
    try:
        read = {name: msgspec.json.decode(raw) for name, raw in fields.items() if name in _FIELDS}
    except _NOT_JSON:
        return Malformed(NO_ID, RequestFault.NOT_JSON)
    request_id = JsonId(bytes(fields["id"]), read["id"]) if "id" in fields else NO_ID
    method, params = read.get("method"), read.get("params")
    if method is None and ("result" in read or "error" in read):
        return Reply(request_id, read.get("result"), read.get("error"))
    if not isinstance(method, str):
        return Malformed(request_id, RequestFault.NO_METHOD, detail=shown(method))
    reader = _READERS.get(method)
    if reader is None:
        return Unknown(request_id, method, params)
    if not isinstance(params, list):
        return Malformed(request_id, RequestFault.NO_PARAMS, method)
    try:
        return reader(request_id, params)
    except _FieldError as error:
        return Malformed(request_id, RequestFault.BAD_FIELD, method, error.name)


# --- reading the fields -----------------------------------------------------------------------------------------------

_FIELDS = frozenset({"id", "method", "params", "result", "error"})


class _FieldError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_Params: TypeAlias = list[object]


def _optional_text(params: _Params, at: int, name: str) -> str | None:
    value = params[at] if at < len(params) else None
    if value is None or isinstance(value, str):
        return value
    raise _FieldError(name)


def _text(params: _Params, at: int, name: str) -> str:
    value = _optional_text(params, at, name)
    if value is None:
        raise _FieldError(name)
    return value


def _configure(request_id: JsonId, params: _Params) -> Request:
    names = params[0] if params else None
    if not isinstance(names, list) or len(names) > _MOST_EXTENSIONS:
        raise _FieldError("extensions")
    values = params[1] if len(params) > 1 else {}
    if not isinstance(values, dict):
        raise _FieldError("parameters")
    extensions = tuple(name for name in names if isinstance(name, str))
    if len(extensions) != len(names):
        raise _FieldError("extensions")
    return Configure(request_id, extensions, values)


def _subscribe(request_id: JsonId, params: _Params) -> Request:
    return Subscribe(request_id, _optional_text(params, 0, "agent") or "", _optional_text(params, 1, "session id"))


def _extranonce_subscribe(request_id: JsonId, params: _Params) -> Request:
    return ExtranonceSubscribe(request_id)


def _authorize(request_id: JsonId, params: _Params) -> Request:
    return Authorize(request_id, _text(params, 0, "user"), _optional_text(params, 1, "password") or "")


def _suggest_difficulty(request_id: JsonId, params: _Params) -> Request:
    value = params[0] if params else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _FieldError("difficulty")
    return SuggestDifficulty(request_id, value)


def _submit(request_id: JsonId, params: _Params) -> Request:
    job_id = params[1] if len(params) > 1 else None
    return Submit(
        request_id,
        user=_text(params, 0, "user"),
        job_id=str(job_id) if type(job_id) is int else _text(params, 1, "job id"),
        extranonce2=_text(params, 2, "extranonce2"),
        ntime=_text(params, 3, "ntime"),
        nonce=_text(params, 4, "nonce"),
        version_bits=_optional_text(params, 5, "version bits"),
    )


_READERS = {
    "mining.configure": _configure,
    "mining.subscribe": _subscribe,
    "mining.extranonce.subscribe": _extranonce_subscribe,
    "mining.authorize": _authorize,
    "mining.suggest_difficulty": _suggest_difficulty,
    "mining.submit": _submit,
}
