"""The server role of the CryptoNote dialect, writing: replies, jobs and other notices → lines. Pure.

Every shape that pools are known to send has its switch, so that tests and a proxy write them with the same code.
What is encoded here ends with one `\\n`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from mining.stratum.cryptonote.server import JsonId
from mining.stratum.cryptonote.targets import MAX_32, MAX_64, compact_from_difficulty
from mining.stratum.errors import TargetError, shown
from mining.stratum.json_lines import encode_line


@dataclass(frozen=True, slots=True)
class ReplyStyle:
    """How a server writes its replies.

    `error_code`: None for errors without a code (p2pool). `has_error_null`: `"error":null` beside a result.
    `has_result_null`: `"result":null` beside an error. `has_jsonrpc`: `"jsonrpc":"2.0"`.
    """

    error_code: int | None = -1
    has_error_null: bool = True
    has_result_null: bool = False
    has_jsonrpc: bool = True


PLAIN_STYLE = ReplyStyle()


def encode_result(request_id: JsonId, result: object, style: ReplyStyle = PLAIN_STYLE) -> bytes:
    """Write a success; the id goes back as the client wrote it (null when it wrote none)."""
    reply = _reply(request_id, style)
    if style.has_error_null:
        reply["error"] = None
    reply["result"] = result
    return encode_line(reply)


def encode_status(request_id: JsonId, status: str = "OK", style: ReplyStyle = PLAIN_STYLE) -> bytes:
    """Write `{"status": …}`: "OK" to a share, "KEEPALIVED" to a sign of life."""
    return encode_result(request_id, {"status": status}, style)


def encode_error(request_id: JsonId, message: str, style: ReplyStyle = PLAIN_STYLE) -> bytes:
    """Write a refusal in the server's words."""
    reply = _reply(request_id, style)
    error: dict[str, object] = {} if style.error_code is None else {"code": style.error_code}
    reply["error"] = error | {"message": message}
    if style.has_result_null:
        reply["result"] = None
    return encode_line(reply)


def encode_login(
    request_id: JsonId,
    session_id: str,
    job: Mapping[str, object] | None,
    *,
    extensions: Sequence[str] | None = None,
    style: ReplyStyle = PLAIN_STYLE,
) -> bytes:
    """Write the success of a log-in. `job` as from `job_object`; None is written as null (MoneroOcean)."""
    result: dict[str, object] = {"id": session_id, "job": job}
    if extensions is not None:
        result["extensions"] = list(extensions)
    result["status"] = "OK"
    return encode_result(request_id, result, style)


def _reply(request_id: JsonId, style: ReplyStyle) -> dict[str, object]:
    reply: dict[str, object] = {"id": msgspec.Raw(request_id.text or b"null")}
    if style.has_jsonrpc:
        reply["jsonrpc"] = "2.0"
    return reply


# --- jobs and other notices ---------------------------------------------------------------------------------------

EMPTY_JOB: Mapping[str, object] = {"blob": "", "job_id": "", "target": ""}


@dataclass(frozen=True, slots=True)
class JobOffer:
    """What a job says, whatever its shape. `target` as from `target_text`; `blob` is None in the modes where the client
    builds it; `extra` holds the fields of those modes and coins (`sig_key`, `extra_nonce`, `blocktemplate_blob` …)."""

    job_id: str
    blob: bytes | None
    target: str
    algorithm: str = "rx/0"
    height: int | None = None
    seed: bytes = b""
    next_seed: bytes = b""
    session_id: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobShape:
    """Which fields a server writes, and how.

    `has_next_seed` writes "" while no next seed is known. `has_number_id`: the job id, which must be decimal, as a JSON
    number. `is_nested`: a pushed job is `{"id": …, "job": {…}}`.
    """

    has_algorithm: bool = True
    has_height: bool = True
    has_seed: bool = True
    has_next_seed: bool = False
    has_session_id: bool = False
    has_number_id: bool = False
    is_nested: bool = False


PLAIN_SHAPE = JobShape()


def target_text(difficulty: int, *, target_bytes: int | None = None) -> str:
    """Write a difficulty as the target of a job: 4 or 8 bytes, by default 4 up to difficulty 4 000 000.

    Raises TargetError for a difficulty that the width cannot carry.
    """
    if target_bytes is None:
        return compact_from_difficulty(difficulty)
    largest = {4: MAX_32, 8: MAX_64}[target_bytes]
    if not 1 <= difficulty <= largest:
        raise TargetError(f"The difficulty {shown(difficulty)} does not fit into {target_bytes} bytes")
    return (largest // difficulty).to_bytes(target_bytes, "little").hex()


def job_object(offer: JobOffer, shape: JobShape = PLAIN_SHAPE) -> dict[str, object]:
    """Return the job as a JSON object: the `job` of a log-in's reply, and the params of a plain notice."""
    job: dict[str, object] = {} if offer.blob is None else {"blob": offer.blob.hex()}
    job["job_id"] = int(offer.job_id) if shape.has_number_id else offer.job_id
    job["target"] = offer.target
    if shape.has_session_id:
        job["id"] = offer.session_id
    if shape.has_algorithm:
        job["algo"] = offer.algorithm
    if shape.has_height and offer.height is not None:
        job["height"] = offer.height
    if shape.has_seed:
        job["seed_hash"] = offer.seed.hex()
    if shape.has_next_seed:
        job["next_seed_hash"] = offer.next_seed.hex()
    return job | dict(offer.extra)


def encode_job(offer: JobOffer, shape: JobShape = PLAIN_SHAPE) -> bytes:
    """Write the notice of a job."""
    job = job_object(offer, shape)
    return encode_notice("job", {"id": offer.session_id, "job": job} if shape.is_nested else job)


def encode_reconnect(host: str, port: int) -> bytes:
    """Write `client.reconnect`, with both as texts (clients understand it after the extension `connect`)."""
    return encode_notice("client.reconnect", [host, str(port)])


def encode_notice(method: str, params: object) -> bytes:
    """Write any notice, also an empty or wrong one."""
    return encode_line({"jsonrpc": "2.0", "method": method, "params": params})
