"""The server role of the CryptoNote dialect, reading: one line of a client → one typed request. Pure.

Decides nothing: who may log in, which share counts and what is banned are the callers' business (our proxy, the pools
of the tests). Lines come from `LineBuffer`, without their ends. The other direction is `server_messages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import msgspec

from mining.stratum.errors import MessageError, shown

_RESULT = re.compile(r"[0-9a-f]{64}")
_NOT_JSON = (msgspec.MsgspecError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class JsonId:
    """The `id` of a request: `text` as it was written (b"" when there was none), `value` as it reads."""

    text: bytes = b""
    value: object = None

    @property
    def is_absent(self) -> bool:
        """Whether the request had no `id` at all."""
        return not self.text


NO_ID = JsonId()


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in. What the client left out is empty; `password` is None then, because pools tell that from "".

    `rates_hps`: hash rates by algorithm (`algo-perf`). `mode`: "self-select" or empty.
    """

    id: JsonId
    login: str
    password: str | None = None
    agent: str = ""
    rig_id: str = ""
    algorithms: tuple[str, ...] = ()
    rates_hps: Mapping[str, float] = field(default_factory=dict)
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Submit:
    """A share, in the client's own texts: `nonce` and `result` are not yet checked (`nonce_from_hex`,
    `result_from_hex`). A numeric job id is read as its decimal text. `commitment`: for rx/2 the raw hash."""

    id: JsonId
    session_id: str | None
    job_id: str
    nonce: str
    result: str
    algorithm: str | None = None
    commitment: str | None = None
    pool_nonce: int | None = None
    worker_nonce: int | None = None


@dataclass(frozen=True, slots=True)
class KeepAlived:
    """A sign of life."""

    id: JsonId
    session_id: str | None


@dataclass(frozen=True, slots=True)
class GetJob:
    """A request for the current job."""

    id: JsonId
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A method that this dialect does not have."""

    id: JsonId
    method: str
    params: object


class RequestFault(StrEnum):
    """What is wrong with a line."""

    NOT_JSON = "not JSON"
    NOT_AN_OBJECT = "not an object"
    NO_METHOD = "no method"
    NO_PARAMS = "no params"
    BAD_FIELD = "a field of the wrong type"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no request. `id` and `method` are there as far as they could be read; `detail` names the field."""

    id: JsonId
    fault: RequestFault
    method: str = ""
    detail: str = ""


Request: TypeAlias = Login | Submit | KeepAlived | GetJob | Unknown | Malformed


def decode_request(line: bytes) -> Request:
    """Read one line of a client. Never raises: what cannot be read is Malformed."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return Malformed(NO_ID, RequestFault.NOT_AN_OBJECT)
    except _NOT_JSON:
        return Malformed(NO_ID, RequestFault.NOT_JSON)
    try:
        read = {name: msgspec.json.decode(fields[name]) for name in ("id", "method", "params") if name in fields}
    except _NOT_JSON:
        return Malformed(NO_ID, RequestFault.NOT_JSON)
    request_id = JsonId(bytes(fields["id"]), read["id"]) if "id" in fields else NO_ID
    method = read.get("method")
    if not isinstance(method, str):
        return Malformed(request_id, RequestFault.NO_METHOD, detail=shown(method))
    params = read.get("params")
    reader = _READERS.get(method)
    if reader is None:
        return Unknown(request_id, method, params)
    if not isinstance(params, dict):
        return Malformed(request_id, RequestFault.NO_PARAMS, method)
    try:
        return reader(request_id, params)
    except _FieldError as error:
        return Malformed(request_id, RequestFault.BAD_FIELD, method, error.name)


def result_from_hex(text: object) -> bytes:
    """Read a submitted hash. Raises MessageError unless it is exactly 64 lowercase hex characters."""
    if not isinstance(text, str) or not _RESULT.fullmatch(text):
        raise MessageError(f"The result {shown(text)} is not 64 lowercase hex characters")
    return bytes.fromhex(text)


# --- reading the fields -------------------------------------------------------------------------------------------


class _FieldError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_Params: TypeAlias = dict[str, object]


def _text(params: _Params, name: str) -> str | None:
    value = params.get(name)
    if value is None or isinstance(value, str):
        return value
    raise _FieldError(name)


def _needed(params: _Params, name: str) -> str:
    value = _text(params, name)
    if value is None:
        raise _FieldError(name)
    return value


def _number(params: _Params, name: str) -> int | None:
    value = params.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _FieldError(name)


def _texts(params: _Params, name: str) -> tuple[str, ...]:
    value = params.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _FieldError(name)
    return tuple(value)


def _rates(params: _Params, name: str) -> dict[str, float]:
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _FieldError(name)
    if not all(isinstance(rate, int | float) and not isinstance(rate, bool) for rate in value.values()):
        raise _FieldError(name)
    return value


def _login(request_id: JsonId, params: _Params) -> Request:
    return Login(
        request_id,
        login=_text(params, "login") or "",
        password=_text(params, "pass"),
        agent=_text(params, "agent") or "",
        rig_id=_text(params, "rigid") or "",
        algorithms=_texts(params, "algo"),
        rates_hps=_rates(params, "algo-perf"),
        mode=_text(params, "mode") or "",
    )


def _submit(request_id: JsonId, params: _Params) -> Request:
    job_id = params.get("job_id")
    return Submit(
        request_id,
        session_id=_text(params, "id"),
        job_id=str(job_id) if type(job_id) is int else _needed(params, "job_id"),
        nonce=_needed(params, "nonce"),
        result=_needed(params, "result"),
        algorithm=_text(params, "algo"),
        commitment=_text(params, "commitment"),
        pool_nonce=_number(params, "poolNonce"),
        worker_nonce=_number(params, "workerNonce"),
    )


def _keepalived(request_id: JsonId, params: _Params) -> Request:
    return KeepAlived(request_id, _text(params, "id"))


def _getjob(request_id: JsonId, params: _Params) -> Request:
    return GetJob(request_id, _text(params, "id"))


_READERS = {"login": _login, "submit": _submit, "keepalived": _keepalived, "getjob": _getjob}
