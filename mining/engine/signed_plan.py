"""A console's plan on its way to a Node: canonical bytes, their digest, and an Ed25519 signature (RFC 8032).

The document maps configuration keys to text, the same keys and texts as in mining_config.env. It is bound to one Node
and one version, so a plan can neither be replayed at another Node nor put in place of a newer one. The signature covers
the bytes as they travel; nobody ever re-encodes what was signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mining.errors import MinerConsoleError
from mining.secret_files import replace_secret, secret_text
from mining.signatures import is_signed, signature_of

CONSOLE_KEY = "console.key"
CONSOLE_PUBLIC = "console.pub"
NODE_KEY = "node.key"
_FORMAT = 1
_MOST_BYTES = 65536
_CONTEXT = b"minerconsole plan v1\n"


class PlanRefusedError(MinerConsoleError):
    """A plan that a Node must not follow: not signed by its console, not for it, older than what it follows, garbled.

    `code`: bad_signature, no_console, wrong_node, old_version, bad_document.
    """

    default_code = "bad_document"


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """What a console wants one Node to do. `values`: configuration key → text."""

    node_id: str
    version: int
    values: Mapping[str, str]


def encode_document(document: PlanDocument) -> bytes:
    """Return the canonical bytes: JSON in UTF-8, keys sorted, no blanks."""
    content = {
        "format": _FORMAT,
        "node": document.node_id,
        "values": dict(document.values),
        "version": document.version,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_document(data: bytes) -> PlanDocument:
    """Read canonical bytes. Raises PlanRefusedError (bad_document) for anything that `encode_document` never writes."""
    try:
        content: Any = json.loads(data) if len(data) <= _MOST_BYTES else None
        values = content["values"]
        document = PlanDocument(content["node"], content["version"], values)
        is_sound = content["format"] == _FORMAT and isinstance(document.node_id, str)
        is_sound = is_sound and type(document.version) is int and document.version > 0
        is_sound = is_sound and all(isinstance(each, str) for pair in values.items() for each in pair)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_sound = False
    if not is_sound or encode_document(document) != data:
        raise PlanRefusedError("The plan cannot be read", next_step="Send it anew from the console.")
    return document


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of a document's bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sign(private_key: bytes, data: bytes) -> bytes:
    """Return the 64-byte signature of a document's bytes by a 32-byte private key."""
    return signature_of(private_key, _CONTEXT, data)


def opened(public_key: bytes, data: bytes, signature: bytes, *, node_id: str, newer_than: int = 0) -> PlanDocument:
    """Return the document if it is signed by `public_key` (32 bytes), for `node_id`, and newer than a version.

    The signature is checked before anything is parsed. Raises PlanRefusedError.
    """
    if not is_signed(public_key, signature, _CONTEXT, data):
        raise PlanRefusedError(
            "The plan is not signed by this Node's console, so nothing of it was done",
            next_step="Apply it from the console that this Node belongs to.",
            code="bad_signature",
        )
    document = decode_document(data)
    if document.node_id != node_id:
        raise PlanRefusedError(f"The plan is for Node {document.node_id}, not for {node_id}", code="wrong_node")
    if document.version <= newer_than:
        raise PlanRefusedError(
            f"Plan {document.version} is not newer than plan {newer_than}, which this Node follows", code="old_version"
        )
    return document


def private_key_of(home: Path, name: str) -> bytes:
    """Return the 32-byte private key in HOME/secrets/`name`, made at the first call. Raises CannotStartError."""
    return bytes.fromhex(secret_text(home, name, _new_private_key))


def public_key_of(private_key: bytes) -> bytes:
    """Return the 32-byte public key of a private one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def trust_console(home: Path, public_key: bytes) -> None:
    """Have the Node of `home` follow the console with this public key from now on. Raises OSError."""
    replace_secret(home, CONSOLE_PUBLIC, public_key.hex())


def trusted_console(home: Path) -> bytes:
    """Return the public key whose plans the Node of `home` follows. Raises PlanRefusedError (no_console)."""
    try:
        return bytes.fromhex(secret_text(home, CONSOLE_PUBLIC))
    except (FileNotFoundError, ValueError):
        raise PlanRefusedError(
            "This Node follows no console",
            next_step="Open the console of this computer once: it registers its own Node.",
            code="no_console",
        ) from None


def _new_private_key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes_raw().hex()
