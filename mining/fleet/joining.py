"""Joining a fleet, as the machine does it: ask the console who it is, have the owner agree, join, pin its key.

Speaks HTTPS; plain HTTP only on this computer, or where the owner says so. Follows no redirect: a token is a password.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mining import __version__
from mining.configuration.endpoints import is_loopback
from mining.engine.followed_version import read_followed
from mining.engine.node_id import node_id_of
from mining.engine.signed_plan import NODE_KEY, private_key_of, public_key_of
from mining.errors import CannotStartError
from mining.fleet.beats import machine_digest
from mining.fleet.enrolment import (
    TOKEN_BEGINNING,
    EnrolmentError,
    fingerprint,
    is_fingerprint_of,
    join_proof,
    opened_statement,
    token_digest,
)
from mining.fleet.membership import Membership, become_member, pinned_key, read_membership
from mining.program import program_name

_TIMEOUT_S = 20.0
_LONGEST_ANSWER = 1 << 20
_API = "/api/v1/fleet"


@dataclass(frozen=True, slots=True)
class Console:
    """Where a console is, and the token that it gave. `ca`: a file with the authority of its certificate."""

    url: str
    token: str = field(repr=False)
    is_plain_allowed: bool = False
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Whose console it is, as its owner is shown before joining."""

    owner: str
    key: bytes
    node_name: str

    @property
    def fingerprint(self) -> str:
        """Of its key, to compare with what the console shows."""
        return fingerprint(self.key)


def look(home: Path, console: Console, *, expected: str = "") -> Offer:
    """Ask a console who it is. `expected`: a fingerprint that its owner gave.

    Raises EnrolmentError: the console's own refusal (token_unknown, token_used, token_expired), console_key_differs,
    bad_address, bad_certificate, unreachable.
    """
    if not console.token.strip().startswith(TOKEN_BEGINNING):
        raise EnrolmentError(
            "That is no join token",
            next_step=f"It begins with {TOKEN_BEGINNING}; `{program_name()} node invite` on the console prints one.",
            code="token_unknown",
        )
    told = _call(console, "GET", "/invitation", None)
    try:
        offer = Offer(_line(told["owner"]), bytes.fromhex(told["public_key"]), _line(told["node_name"]))
    except (KeyError, ValueError, TypeError):
        raise _no_console(console) from None
    if expected and not is_fingerprint_of(expected, offer.key):
        raise EnrolmentError(
            f"The key of {console.url} is {offer.fingerprint}, not {expected.strip()[:80]}",
            next_step="Somebody may stand in between, or it is another console. Ask its owner.",
            code="console_key_differs",
        )
    pinned = pinned_key(home)
    if pinned is not None and pinned != offer.key:
        try:
            member = read_membership(home)
        except CannotStartError:  # its file is damaged: whose it is, is not known
            member = None
        of = f" of {member.owner}" if member is not None else ""
        raise EnrolmentError(
            f"This computer belongs to the fleet{of}, whose key is {fingerprint(pinned)}, not {offer.fingerprint}",
            next_step=f"Leave that one first: {program_name()} node leave.",
            code="console_key_differs",
        )
    return offer


def join(home: Path, console: Console, offer: Offer, *, hardware: Callable[[], dict[str, Any]]) -> Membership:
    """Join, and pin the key that was shown. Raises EnrolmentError (also node_cloned, bad_statement, bad_broker) and
    OSError."""
    ulid, key, digest = node_id_of(home), private_key_of(home, NODE_KEY), token_digest(console.token)
    asked = time.time()
    told = _call(
        console,
        "POST",
        "/join",
        {
            "ulid": ulid,
            "public_key": public_key_of(key).hex(),
            "proof": join_proof(key, digest=digest, node_id=ulid).hex(),
            "hostname": socket.gethostname()[:64] or "unnamed",
            "version": __version__,
            "machine": machine_digest(),
            "followed_version": read_followed(home).version,
            "hardware": hardware(),
        },
    )
    try:
        data, signature = base64.urlsafe_b64decode(told["statement"]), bytes.fromhex(told["signature"])
    except (KeyError, ValueError, TypeError):
        raise _no_console(console) from None
    statement = opened_statement(offer.key, data, signature, digest=digest, node_id=ulid)
    now = time.time()
    membership = Membership(
        ulid,
        statement.node_name,
        console.url,
        statement.owner,
        statement.broker,
        now,
        statement.now - (asked + now) / 2,
    )
    become_member(home, membership, offer.key)
    return membership


def _call(console: Console, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """One request with the token as bearer. Raises EnrolmentError."""
    headers = {"Authorization": f"Bearer {console.token.strip()}", "Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    link, base = _link(console)
    try:
        link.request(method, f"{base}{_API}{path}", None if body is None else json.dumps(body), headers)
        answer = link.getresponse()
        text = answer.read(_LONGEST_ANSWER)
    except ssl.SSLCertVerificationError as error:
        raise EnrolmentError(
            f"The certificate of {console.url} is not trusted here ({error.verify_message.strip('.')})",
            next_step="For an authority of your own, name the file of its certificate: --ca FILE.",
            code="bad_certificate",
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise EnrolmentError(
            f"The console at {console.url} does not answer ({error or type(error).__name__})",
            next_step="Look at the address, and whether the console listens beyond its own computer (--listen).",
            code="unreachable",
        ) from None
    finally:
        link.close()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _no_console(console)
    if answer.status == 200:
        return told
    sentence, code = _line(told.get("detail", "")), _line(told.get("code", ""))
    raise EnrolmentError(
        sentence or f"The console answered {answer.status}", next_step=_line(told.get("next_step", "")),
        code=code or "cannot_join",
    )  # fmt: skip


def _link(console: Console) -> tuple[http.client.HTTPConnection, str]:
    """A connection, and what the address says before the path. Raises EnrolmentError (bad_address)."""
    try:
        parts = urlsplit(console.url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.query or not console.token.strip():
        raise EnrolmentError(
            f"{console.url[:100]!r} is not the address of a console, or there is no token",
            next_step="Write https://console.example.org --token TOKEN.",
            code="bad_address",
        )
    base = parts.path.rstrip("/")
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=_trusting(console.ca)), base
    if not console.is_plain_allowed and not is_loopback(host):
        raise EnrolmentError(
            f"{console.url} is without TLS: token and broker password could be read on the way",
            next_step="Use https://, or --plain-http where no stranger can listen.",
            code="bad_address",
        )
    return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S), base


def _trusting(ca: str) -> ssl.SSLContext:
    """What checks certificates, against this computer's authorities or those of one file. Raises EnrolmentError."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise EnrolmentError(
            f"No certificates can be read from {ca} ({error.strerror or error})",
            next_step="--ca needs the file with the certificate (PEM) of the console's authority.",
            code="bad_certificate",
        ) from None


def _no_console(console: Console) -> EnrolmentError:
    return EnrolmentError(
        f"What answers at {console.url} is no console of MinerConsole, or an older one", code="bad_address"
    )


def _line(value: object) -> str:
    """A text of the other side as it may be printed."""
    return "".join(each for each in str(value) if each.isprintable())[:400]
