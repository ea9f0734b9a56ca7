"""The fleet's broker as one text: redis://user:password@host:6379/0, rediss:// with TLS. Nothing is connected."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from mining.configuration.problem import SecretProblem

FORM = "rediss://user:password@host:6379/0"
OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What may follow the question mark of rediss://: the file of the broker's authority, and a certificate of one's own.
Nothing there can switch off that the broker's certificate is checked."""
_PORT = 6379


def parse_broker(text: str) -> str:
    """Return the URL as it was given. Raises SecretProblem, whose words hold neither user nor password."""
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in ("redis", "rediss"):
        raise _problem(text, "is not the address of a Redis server")
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and (parts.port or _PORT) > 0
    except ValueError:
        is_whole = False
    if not is_whole or not re.fullmatch(r"/?[0-9]{0,3}", parts.path):
        raise _problem(text, "has no host, or a port or database that is no number")
    unknown = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - set(OPTIONS))
    if unknown:
        what = f"has an option that is not taken ({unknown[0][:20]!a})"
        raise _problem(text, what, f"Use {', '.join(OPTIONS)}.")
    if parts.query and scheme == "redis":
        raise _problem(text, "has options of TLS without TLS")
    return text


def broker_place(url: str) -> str:
    """Host and port of a broker as people may see them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or _PORT}"


def with_user(url: str, user: str, password: str) -> str:
    """The same broker for another user."""
    parts = urlsplit(url)
    userinfo = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{userinfo}@{broker_place(url)}").geturl()


def without_own_certificate(url: str) -> str:
    """The same broker without the files of one computer's own certificate: another one has its own, or needs none."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] == OPTIONS[0]]
    return parts._replace(query=urlencode(kept, safe="/")).geturl()


def _problem(text: str, why: str, next_step: str = "") -> SecretProblem:
    hidden = re.sub(r"^(.*?://)?.*@", r"\1(hidden)@", text, flags=re.DOTALL) if "@" in text else ""
    usual = f"Write {FORM}, or redis:// where no network lies between."
    return SecretProblem(why, next_step or usual, shown_as=hidden)
