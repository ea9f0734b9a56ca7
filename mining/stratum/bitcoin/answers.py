"""Reads the answers of a Stratum V1 server: granted or refused, in which words, and what a subscription holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mining.stratum.bitcoin.job import Extranonce, decode_extranonce
from mining.stratum.errors import MessageError, shown
from mining.stratum.json_lines import clean_text, wire_id

_DEPTH = 4
_MOST_ITEMS = 64


class Verdict(NamedTuple):
    """`ok`, or the words and the code of the refusal; a bare `false` has no words."""

    ok: bool
    message: str = ""
    code: int | None = None


class Subscription(NamedTuple):
    """What a session is resumed by: its id (None: the pool named none) and its extranonce."""

    session_id: str | None
    extranonce: Extranonce


def verdict_of(answer: dict[str, object]) -> Verdict:
    """Judge an answer to anything but a subscription.

    An `error` that says something refuses: a list [code, message, …], an object, or a plain text. Without one `true`
    grants, and `false` or null refuses, with the words of `reject-reason` when there are some.
    """
    error = error_of(answer)
    if error is not None:
        return error
    result = answer.get("result")
    if result is True:
        return Verdict(True)
    if isinstance(result, dict) and result.get("status") in ("OK", "ok"):
        return Verdict(True)
    if result is False or result is None:
        reason = answer.get("reject-reason")
        return Verdict(False, clean_text(reason) if reason else "")
    return Verdict(False, f"an answer that is neither true nor false: {clean_text(result)}")


def error_of(answer: dict[str, object]) -> Verdict | None:
    """Return the refusal of an answer, None if its `error` is null, false or empty."""
    error = answer.get("error")
    if not error:
        return None
    code: object = None
    message: object = error
    if isinstance(error, dict):
        code, message = error.get("code"), error.get("message")
    elif isinstance(error, list):
        code, message = (error[0], error[1]) if len(error) > 1 else (None, error[0])
    is_code = isinstance(code, int) and not isinstance(code, bool) and code.bit_length() <= 64
    return Verdict(False, clean_text(message), code if isinstance(code, int) and is_code else None)


def subscription_of(result: object) -> Subscription:
    """Read a subscription: [subscriptions, extranonce1, extranonce2 size].

    `subscriptions` is one pair ["mining.notify", id], a list of pairs, or one more list around. Raises MessageError or
    JobError.
    """
    if not isinstance(result, list) or len(result) < 3:
        raise MessageError(
            f"The pool granted the subscription with {shown(result)} instead of its extranonce",
            next_step="Check that the port is for Scrypt miners (Stratum V1).",
        )
    return Subscription(_session_id(result[0], _DEPTH), decode_extranonce(result[1], result[2]))


def request_number(value: object) -> int | None:
    """Return which request is answered; servers may give our number back as text. None: none of ours."""
    if isinstance(value, str) and len(value) <= 19 and value.isascii() and value.isdecimal():
        return int(value)
    number = wire_id(value)
    return number if isinstance(number, int) else None


def options_of(result: object, asked: Iterable[str]) -> dict[str, bool | str]:
    """Read the answer to `mining.configure`: for each extension asked for, true, or the words of the refusal."""
    if not isinstance(result, dict):
        return {}
    answers = {name: result.get(name) for name in asked}
    return {name: answer is True or clean_text(answer or "refused") for name, answer in answers.items()}


def version_mask_of(value: object) -> int | None:
    """Read a version mask, up to 8 hex characters; None if it is none."""
    if not isinstance(value, str) or not 1 <= len(value) <= 8 or not all(c in "0123456789abcdefABCDEF" for c in value):
        return None
    return int(value, 16)


def _session_id(subscriptions: object, depth: int) -> str | None:
    """The text after "mining.notify", wherever it stands in the first few lists."""
    if not isinstance(subscriptions, list) or depth == 0:
        return None
    items = subscriptions[:_MOST_ITEMS]
    for at, item in enumerate(items[:-1]):
        if item == "mining.notify":
            session_id = wire_id(items[at + 1])
            return session_id if isinstance(session_id, str) else None
    if depth == 1:
        return None
    return next((found for item in items if (found := _session_id(item, depth - 1)) is not None), None)
