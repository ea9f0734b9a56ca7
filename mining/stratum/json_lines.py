"""One JSON object per line, in and out, for every dialect and both roles.

Decoding is strict UTF-8 JSON: no NaN, no lone surrogates, no number beyond a double or 4300 digits, nesting bounded by
the interpreter. Of a key given twice the last value counts, as in the JavaScript pools. Whatever else comes in is one
MessageError.
"""

from __future__ import annotations

import msgspec

from mining.stratum.errors import MessageError, UseError, shown

# Ids longer than this would push our answers and submits over what pools read.
ID_BYTES = 256
_TEXT_SHOWN = 300


_decoder = msgspec.json.Decoder(dict[str, object])
_encoder = msgspec.json.Encoder()


def decode_object(line: bytes) -> dict[str, object]:
    """Return the one JSON object of a line. Raises MessageError that shows how the line starts."""
    try:
        return _decoder.decode(line)
    except (ValueError, RecursionError) as error:  # msgspec and Unicode errors are ValueErrors
        raise MessageError(
            f"The other side sent {shown(line)}, which is not a JSON object",
            next_step="Check that the host and port speak Stratum, and TLS or not as configured.",
        ) from error


def encode_line(message: dict[str, object]) -> bytes:
    """Write a message as one line with its `\\n`. Raises UseError for text that is not Unicode (lone surrogates)."""
    try:
        return _encoder.encode(message) + b"\n"
    except ValueError as error:
        raise UseError(
            "A text of the request is not valid Unicode", next_step="Retype wallet, worker and password."
        ) from error


def wire_id(value: object) -> str | int | None:
    """Return an opaque id (session, job, request) exactly as it came, so that it can be echoed; None if it is none.

    Strings and integers are ids. Empty strings, strings over 256 bytes of JSON and integers over 64 bits are not.
    """
    if isinstance(value, str):
        return value if 0 < len(value) <= ID_BYTES and len(_encoder.encode(value)) <= ID_BYTES + 2 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value.bit_length() <= 64 else None
    return None


def clean_text(value: object) -> str:
    """Return text of the other side for people and logs: one line, printable, at most 300 characters.

    Control and direction characters become "?", so that a pool cannot write to a terminal.
    """
    text = value if isinstance(value, str) else shown(value)
    text = text[: _TEXT_SHOWN + 1]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…"
