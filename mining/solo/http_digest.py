"""HTTP digest authentication (RFC 7616, MD5, qop=auth) as monerod asks for with --rpc-login. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_PARAMETER = re.compile(r'\s*([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class DigestChallenge:
    """What a server asks to be signed."""

    realm: str
    nonce: str
    opaque: str = ""
    has_qop: bool = True


def challenge_parse(header: str) -> DigestChallenge | None:
    """Read one WWW-Authenticate value; None for anything but Digest with MD5 and qop auth (or none)."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    fields = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    if fields.get("algorithm", "MD5").upper() != "MD5" or not fields.get("nonce") or "realm" not in fields:
        return None
    qop = fields.get("qop", "")
    if qop and "auth" not in [option.strip() for option in qop.split(",")]:
        return None
    return DigestChallenge(fields["realm"], fields["nonce"], fields.get("opaque", ""), bool(qop))


def authorization(
    challenge: DigestChallenge, *, user: str, password: str, method: str, path: str, count: int, client_nonce: str
) -> str:
    """Build the Authorization header value; `count` is how often this server nonce was used, from 1."""
    ha1 = _md5(f"{user}:{challenge.realm}:{password}")
    ha2 = _md5(f"{method}:{path}")
    fields = [
        f'username="{_quoted(user)}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{path}"',
        "algorithm=MD5",
    ]
    if challenge.has_qop:
        response = _md5(f"{ha1}:{challenge.nonce}:{count:08x}:{client_nonce}:auth:{ha2}")
        fields += ["qop=auth", f"nc={count:08x}", f'cnonce="{client_nonce}"']
    else:
        response = _md5(f"{ha1}:{challenge.nonce}:{ha2}")
    fields.append(f'response="{response}"')
    if challenge.opaque:
        fields.append(f'opaque="{challenge.opaque}"')
    return "Digest " + ", ".join(fields)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
