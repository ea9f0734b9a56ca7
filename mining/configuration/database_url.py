"""The console's database as one text: postgresql://user:password@host:5432/name. Text to parts, nothing is connected.

Without one the rows are in an SQLite file of the home. A password never gets into a message or a repr.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from mining.configuration.endpoints import is_loopback
from mining.configuration.problem import SecretProblem

FORM = "postgresql://user:password@host:5432/name"
OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""What may follow the question mark: libpq's own words for TLS; `host` names the folder of a Unix socket."""
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SCHEMES = ("postgresql", "postgres")
_PORT = 5432
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where PostgreSQL is, and as whom. `host` is a name, an address or the folder of a Unix socket ("" = libpq's)."""

    name: str
    host: str = ""
    port: int = _PORT
    user: str = ""
    password: str = field(default="", repr=False)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def is_on_this_computer(self) -> bool:
        """Whether no network lies between."""
        return not self.host or self.host.startswith("/") or is_loopback(self.host)

    @property
    def shown(self) -> str:
        """The address as people may see it."""
        userinfo = f"{self.user}:(hidden)@" if self.password else f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{userinfo}{host}:{self.port}/{self.name}"


def parse_database(text: str) -> DatabaseUrl:
    """Split a URL. Beyond this computer TLS is asked for unless the URL itself says `sslmode=disable`.

    Raises SecretProblem, whose words hold neither user nor password.
    """
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        raise _problem(text, "is not the address of a PostgreSQL database")
    try:
        parts = urlsplit(text)
        port = parts.port or _PORT
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _problem(text, "has a port or an option that cannot be read") from None
    name = unquote(parts.path.removeprefix("/"))
    if not name or len(name) > _LONGEST_NAME or not re.fullmatch(r"[^/\s\x00-\x1f]+", name):
        raise _problem(text, "names no database after the host")
    host = options.pop("host", "") or unquote(parts.hostname or "")
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise _problem(text, f"has an option that is not taken ({unknown[0][:20]})", f"Use {', '.join(OPTIONS)}.")
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise _problem(text, "has an unknown sslmode", f"Use one of {', '.join(_SSL_MODES)}.")
    url = DatabaseUrl(name, host, port, unquote(parts.username or ""), unquote(parts.password or ""), options)
    if not url.is_on_this_computer:
        options.setdefault("sslmode", "require")
    return url


def _problem(text: str, why: str, next_step: str = f"Write {FORM}.") -> SecretProblem:
    hidden = re.sub(r"^(.*?://)?.*@", r"\1(hidden)@", text, flags=re.DOTALL) if "@" in text else ""
    return SecretProblem(why, next_step, shown_as=hidden)
