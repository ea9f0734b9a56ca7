"""Commands of a console to one Node: canonical bytes, Ed25519 signature (RFC 8032), life, and doing each once. Pure.

A command changes what is wanted of a Node (start, stop, pause …) or asks for something that ends by itself (benchmark,
doctor). It names its Node, so it cannot be replayed at another; its context differs from that of plans, so neither can
be taken for the other; and it dies: a Node that was away for a day never does yesterday's stop.

Which clock counts. `issued_at` is the console's. The Node compares it with the broker's clock, as it was measured with
its last beat (`now` below, the Node's own clock before the first beat). A broker that lies about the time cannot have a
command done twice or an old one done late: the ledger refuses what is older than the longest life before the newest
command that was done, whatever any clock says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mining.errors import MinerConsoleError
from mining.signatures import is_signed, signature_of

OPS = ("start", "stop", "pause", "resume", "benchmark", "doctor", "leave")
USUAL_TTL_S = 60
LONGEST_TTL_S = 3600
CLOCKS_DIFFER_S = 30
"""How far the clocks of console and broker may be apart."""
_FORMAT = 1
_MOST_BYTES = 8192
_CONTEXT = b"minerconsole command v1\n"
_ID_LENGTH = 26


class CommandRefusedError(MinerConsoleError):
    """A command that a Node must not do. `code`: bad_signature, bad_command, wrong_node, expired, from_the_future."""

    default_code = "bad_command"


@dataclass(frozen=True, slots=True)
class CommandDocument:
    """What a console wants done once. `id`: a ULID; `issued_at`: Unix seconds by the console's clock."""

    id: str
    node_id: str
    op: str
    issued_at: int
    ttl_s: int = USUAL_TTL_S
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def expires_at(self) -> int:
        """From when on nobody does it any more."""
        return self.issued_at + self.ttl_s


def encode_command(document: CommandDocument) -> bytes:
    """Return the canonical bytes: JSON in UTF-8, keys sorted, no blanks."""
    content = {
        "arguments": dict(document.arguments),
        "format": _FORMAT,
        "id": document.id,
        "issued_at": document.issued_at,
        "node": document.node_id,
        "op": document.op,
        "ttl_s": document.ttl_s,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_command(data: bytes) -> CommandDocument:
    """Read canonical bytes. Raises CommandRefusedError (bad_command) for what `encode_command` never writes."""
    try:
        content: Any = json.loads(data) if len(data) <= _MOST_BYTES else None
        document = CommandDocument(
            content["id"], content["node"], content["op"], content["issued_at"], content["ttl_s"], content["arguments"]
        )
        is_sound = content["format"] == _FORMAT and _is_sound(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        is_sound = False
    if not is_sound or encode_command(document) != data:
        raise CommandRefusedError("The command cannot be read", next_step="Give it anew from the console.")
    return document


def _is_sound(document: CommandDocument) -> bool:
    texts = (document.id, document.node_id, *(each for pair in document.arguments.items() for each in pair))
    is_sound = all(isinstance(each, str) for each in texts) and len(document.id) == _ID_LENGTH
    is_sound = is_sound and type(document.issued_at) is int and type(document.ttl_s) is int
    return is_sound and document.op in OPS and 0 < document.ttl_s <= LONGEST_TTL_S


def sign_command(private_key: bytes, data: bytes) -> bytes:
    """Return the 64-byte signature of a command's bytes by a 32-byte private key."""
    return signature_of(private_key, _CONTEXT, data)


def opened_command(public_key: bytes, data: bytes, signature: bytes, *, node_id: str) -> CommandDocument:
    """Return the command if it is signed by `public_key` (32 bytes) and for `node_id`. Raises CommandRefusedError.

    The signature is checked before anything is parsed. Whether it is still alive is the ledger's question.
    """
    if not is_signed(public_key, signature, _CONTEXT, data):
        raise CommandRefusedError(
            "The command is not signed by this Node's console, so nothing was done",
            next_step="Give it from the console that this Node belongs to.",
            code="bad_signature",
        )
    document = decode_command(data)
    if document.node_id != node_id:
        raise CommandRefusedError(f"The command is for Node {document.node_id}, not for {node_id}", code="wrong_node")
    return document


@dataclass(frozen=True, slots=True)
class Ledger:
    """The commands that a Node has done: id → when it was issued. `newest`: of those that were ever done."""

    done: Mapping[str, int] = field(default_factory=dict)
    newest: int = 0

    def has(self, document: CommandDocument) -> bool:
        """Whether it was done before; then it is not done again."""
        return document.id in self.done

    def check(self, document: CommandDocument, now: float) -> None:
        """Raise CommandRefusedError (expired, from_the_future) for a command that is not of this time.

        `now`: Unix seconds by the clock that counts.
        """
        is_old = document.issued_at < self.newest - LONGEST_TTL_S
        if is_old or now > document.expires_at + CLOCKS_DIFFER_S:
            age = max(0, round(max(now, self.newest) - document.issued_at))
            raise CommandRefusedError(
                f"The command {document.op} is {age} s old and was good for {document.ttl_s} s",
                next_step="Give it again.",
                code="expired",
            )
        if document.issued_at > now + CLOCKS_DIFFER_S:
            raise CommandRefusedError(
                f"The command {document.op} was issued {document.issued_at - now:.0f} s in the future",
                next_step="Set the clocks of console and broker right.",
                code="from_the_future",
            )

    def with_done(self, document: CommandDocument) -> Ledger:
        """Return the ledger with this command in it, and without those that nobody could have done again."""
        newest = max(self.newest, document.issued_at)
        kept = {each: at for each, at in self.done.items() if at >= newest - LONGEST_TTL_S}
        return Ledger({**kept, document.id: document.issued_at}, newest)
