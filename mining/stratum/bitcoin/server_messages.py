"""The server role of Stratum V1, writing: replies, jobs and other notices → lines. Pure.

Every shape that pools are known to send has its switch, so that tests and a proxy write them with the same code. What
is encoded here ends with one `\\n`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from mining.stratum.bitcoin.difficulty import Difficulty
from mining.stratum.bitcoin.header import word_hex
from mining.stratum.bitcoin.job import Extranonce, V1Job
from mining.stratum.bitcoin.options import wire_number
from mining.stratum.cryptonote.server import JsonId
from mining.stratum.json_lines import encode_line


class ErrorStyle(Enum):
    """How a server writes a refusal."""

    LIST = "list"  # "error": [code, message, null]
    OBJECT = "object"  # "error": {"code": …, "message": …} (miningcore)
    TEXT = "text"  # "error": "message" (ckpool)
    REJECT_REASON = "reject-reason"  # "result": false, "reject-reason": "message" (ckpool, shares)


class SubscribeShape(Enum):
    """How a server writes its list of subscriptions."""

    PAIR = "pair"  # ["mining.notify", id]
    PAIRS = "pairs"  # [["mining.set_difficulty", id], ["mining.notify", id]]
    ONE_PAIR = "one pair"  # [["mining.notify", id]] (ckpool)
    NESTED = "nested"  # one more list around the pairs


def encode_result(request_id: JsonId, result: object) -> bytes:
    """Write a success; the id goes back as the client wrote it (null when it wrote none)."""
    return encode_line({"id": _id(request_id), "result": result, "error": None})


def encode_error(request_id: JsonId, code: int, message: str, style: ErrorStyle = ErrorStyle.LIST) -> bytes:
    """Write a refusal; the styles of ckpool have no code."""
    reply: dict[str, object] = {"id": _id(request_id), "result": None}
    match style:
        case ErrorStyle.LIST:
            reply["error"] = [code, message, None]
        case ErrorStyle.OBJECT:
            reply["error"] = {"code": code, "message": message}
        case ErrorStyle.TEXT:
            reply["error"] = message
        case ErrorStyle.REJECT_REASON:
            reply |= {"result": False, "error": None, "reject-reason": message}
    return encode_line(reply)


def encode_subscribed(
    request_id: JsonId, session_id: str, extranonce: Extranonce, shape: SubscribeShape = SubscribeShape.PAIRS
) -> bytes:
    """Write the success of a subscription."""
    notify: list[object] = ["mining.notify", session_id]
    pairs: list[object] = [["mining.set_difficulty", session_id], notify]
    subscriptions = {
        SubscribeShape.PAIR: notify,
        SubscribeShape.PAIRS: pairs,
        SubscribeShape.ONE_PAIR: [notify],
        SubscribeShape.NESTED: [pairs],
    }[shape]
    return encode_result(request_id, [subscriptions, extranonce.first.hex(), extranonce.second_size])


def encode_configured(request_id: JsonId, options: Mapping[str, bool | str], *, version_mask: int = 0) -> bytes:
    """Write the answer to `mining.configure`; the mask goes along when version rolling is granted."""
    result: dict[str, object] = dict(options)
    if options.get("version-rolling") is True:
        result["version-rolling.mask"] = word_hex(version_mask)
    return encode_result(request_id, result)


# --- jobs and other notices -------------------------------------------------------------------------------------------


def notify_params(job: V1Job) -> list[object]:
    """Return the params of `mining.notify`."""
    return [
        job.job_id,
        job.previous_hash.hex(),
        job.coinbase1.hex(),
        job.coinbase2.hex(),
        [branch.hex() for branch in job.branches],
        word_hex(job.version),
        word_hex(job.nbits),
        word_hex(job.ntime),
        job.is_clean,
    ]


def encode_notify(job: V1Job) -> bytes:
    """Write a job. Its difficulty and extranonce are not part of it: they were sent before."""
    return encode_notice("mining.notify", notify_params(job))


def encode_set_difficulty(difficulty: Difficulty) -> bytes:
    """Write `mining.set_difficulty`. Raises TargetError for a difficulty that no target has."""
    return encode_notice("mining.set_difficulty", [wire_number(difficulty)])


def encode_set_extranonce(extranonce: Extranonce) -> bytes:
    """Write `mining.set_extranonce`."""
    return encode_notice("mining.set_extranonce", [extranonce.first.hex(), extranonce.second_size])


def encode_set_version_mask(version_mask: int) -> bytes:
    """Write `mining.set_version_mask`."""
    return encode_notice("mining.set_version_mask", [word_hex(version_mask)])


def encode_reconnect(host: str | None = None, port: int = 0, wait_s: int = 0, *, has_text_port: bool = False) -> bytes:
    """Write `client.reconnect`; without a host it means the same server."""
    params: list[object] = [] if host is None else [host, str(port) if has_text_port else port, wait_s]
    return encode_notice("client.reconnect", params)


def encode_show_message(text: str) -> bytes:
    """Write `client.show_message`."""
    return encode_notice("client.show_message", [text])


def encode_call(number: int, method: str) -> bytes:
    """Write a request that wants an answer: `client.get_version`, `mining.ping`."""
    return encode_line({"id": number, "method": method, "params": []})


def encode_notice(method: str, params: object) -> bytes:
    """Write any notice, also an empty or wrong one."""
    return encode_line({"id": None, "method": method, "params": params})


def _id(request_id: JsonId) -> msgspec.Raw:
    return msgspec.Raw(request_id.text or b"null")
