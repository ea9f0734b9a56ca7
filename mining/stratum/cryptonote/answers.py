"""Reads an answer of a CryptoNote server: granted or refused, and in which words. Pure."""

from __future__ import annotations

from typing import NamedTuple

from mining.stratum.json_lines import clean_text, wire_id

_GRANTED = ("OK", "KEEPALIVED")
_MOST_EXTENSIONS = 32
_LONGEST_EXTENSION = 32


class Verdict(NamedTuple):
    """`ok`, or the words and the code of the refusal."""

    ok: bool
    message: str = ""
    code: int | None = None


def verdict_of(answer: dict[str, object]) -> Verdict:
    """Judge an answer.

    An `error` that is not null refuses, with or without `code` or `result` beside it. Without one, a result `true`, or
    an object whose `status` is absent or good, grants.
    """
    error = answer.get("error")
    if error is not None:
        return Verdict(False, *_words(error))
    result = answer.get("result")
    if result is True:
        return Verdict(True)
    if isinstance(result, dict):
        status = result.get("status")
        if status is None or (isinstance(status, str) and status.upper() in _GRANTED):
            return Verdict(True)
        return Verdict(False, clean_text(status))
    return Verdict(False, f"an answer with neither error nor result: {clean_text(result)}")


def request_number(value: object) -> int | None:
    """Return which request is answered; servers may give our number back as text. None: none of ours."""
    if isinstance(value, str) and len(value) <= 19 and value.isascii() and value.isdecimal():
        return int(value)
    number = wire_id(value)
    return number if isinstance(number, int) else None


def extensions_of(result: dict[str, object]) -> frozenset[str]:
    """Return the extensions that a login reply offers; anything strange among them is left out."""
    offered = result.get("extensions")
    if not isinstance(offered, list):
        return frozenset()
    texts = (text for text in offered[:_MOST_EXTENSIONS] if isinstance(text, str))
    return frozenset(text for text in texts if 0 < len(text) <= _LONGEST_EXTENSION)


def _words(error: object) -> tuple[str, int | None]:
    """Message and code of an error: an object, a bare text, or the [code, message, …] of the Bitcoin dialect."""
    if isinstance(error, dict):
        message, code = error.get("message"), error.get("code")
    elif isinstance(error, list) and len(error) >= 2:
        code, message = error[0], error[1]
    else:
        message, code = error, None
    is_code = isinstance(code, int) and not isinstance(code, bool) and code.bit_length() <= 64
    return clean_text(message), code if is_code else None
