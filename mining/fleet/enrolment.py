"""What a Node and a console say to each other when the Node joins: tokens, proofs, the console's statement. Pure.

The token is a one-time password that a person types on the Node. The Node proves that it has its private key, and the
console proves that it has the key that the person was shown, by signing what the Node shall know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mining.configuration.broker_url import parse_broker
from mining.configuration.problem import ValueProblem
from mining.errors import MinerConsoleError
from mining.signatures import is_signed, signature_of

TOKEN_BEGINNING = "mcj_"
TOKEN_BYTES = 30  # 40 characters of base64
_JOIN = b"minerconsole join v1\n"
_STATEMENT = b"minerconsole statement v1\n"


class EnrolmentError(MinerConsoleError):
    """Why a Node cannot join. `code`: token_unknown, token_used, token_expired, console_key_differs, node_cloned,
    bad_statement, bad_broker, bad_address, bad_certificate, unreachable."""

    default_code = "cannot_join"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the console tells a Node that joined. `token_digest` binds it to this joining; `broker` holds the Node's own
    user and password; `now` is the console's clock, Unix seconds."""

    token_digest: str
    node_id: str
    node_name: str
    owner: str
    broker: str = field(repr=False)
    now: float


def token_digest(token: str) -> str:
    """Return the SHA-256 of a token, 64 hex digits: all that is ever kept of it."""
    return hashlib.sha256(token.strip().encode()).hexdigest()


def fingerprint(public_key: bytes) -> str:
    """Return how people compare a public key: the first 128 bits of its SHA-256 in groups of four hex digits."""
    digits = hashlib.sha256(public_key).hexdigest()[:32]
    return "-".join(digits[place : place + 4] for place in range(0, 32, 4))


def is_fingerprint_of(text: str, public_key: bytes) -> bool:
    """Whether a person's copy of a fingerprint is that of a key; blanks, dashes and case do not count."""
    digits = "".join(each for each in text.lower() if each.isalnum())
    return digits == fingerprint(public_key).replace("-", "")


def join_proof(private_key: bytes, *, digest: str, node_id: str) -> bytes:
    """Return a Node's proof that it has its key: a signature over the token's digest and its own ULID."""
    return signature_of(private_key, _JOIN, _joined(digest, node_id))


def is_join_proof(public_key: bytes, proof: bytes, *, digest: str, node_id: str) -> bool:
    """Whether `proof` is `join_proof` by the owner of `public_key`."""
    return is_signed(public_key, proof, _JOIN, _joined(digest, node_id))


def encode_statement(statement: Statement) -> bytes:
    """Return the bytes that the console signs."""
    return json.dumps(asdict(statement), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign_statement(private_key: bytes, data: bytes) -> bytes:
    """Return the console's signature of a statement's bytes."""
    return signature_of(private_key, _STATEMENT, data)


def opened_statement(public_key: bytes, data: bytes, signature: bytes, *, digest: str, node_id: str) -> Statement:
    """Return the statement if the console with `public_key` made it for this joining. Raises EnrolmentError."""
    if not is_signed(public_key, signature, _STATEMENT, data):
        raise EnrolmentError(
            "The answer was not signed with the console key that was shown, so nothing was kept",
            next_step="Somebody may stand between this computer and the console: use https and try a new token.",
            code="bad_statement",
        )
    try:
        content: Mapping[str, Any] = json.loads(data)
        statement = Statement(**content)
        is_ours = statement.token_digest == digest and statement.node_id == node_id and _is_text(statement.broker)
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        raise EnrolmentError(
            "The answer is not for this joining", next_step="Try again with a new token.", code="bad_statement"
        )
    try:
        parse_broker(statement.broker)  # an option of the address could switch off that certificates are checked
    except ValueProblem as problem:
        raise EnrolmentError(
            f"The broker that the console names is not taken here: its address {problem.why}",
            next_step="Correct BROKER or BROKER_PUBLIC of the console, and try again with a new token.",
            code="bad_broker",
        ) from None
    return statement


def _is_text(value: object) -> bool:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and value != ""


def _joined(digest: str, node_id: str) -> bytes:
    return f"{digest}\n{node_id}".encode()
