"""The fleet's broker as one text: redis://user:password@host:6379/0, rediss:// with TLS. Nothing is connected."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from mining.configuration.problem import SecretProblem

FORM = "rediss://user:password@host:6379/0"
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


def _problem(text: str, why: str) -> SecretProblem:
    hidden = re.sub(r"^(.*?://)?.*@", r"\1(hidden)@", text, flags=re.DOTALL) if "@" in text else ""
    return SecretProblem(why, f"Write {FORM}, or redis:// where no network lies between.", shown_as=hidden)
