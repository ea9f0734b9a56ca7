"""URLs of pools and daemons, and the address the web page listens on: text to parts, without resolving names."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote

from mining.configuration.problem import SecretProblem, ValueProblem
from mining.engine.plan import Endpoint

DAEMON_SCHEME = "daemon+http"
POOL_SCHEMES = ("stratum+tcp", "stratum+ssl")
SCHEMES = (*POOL_SCHEMES, DAEMON_SCHEME)
FORMS = "stratum+tcp://host:port, stratum+ssl://host:port or daemon+http://[user:pass@]host:port"
_LIKELY_SCHEMES = {
    "http": DAEMON_SCHEME,
    "https": DAEMON_SCHEME,
    "daemon": DAEMON_SCHEME,
    "daemon+https": DAEMON_SCHEME,
    "stratum": "stratum+tcp",
    "tcp": "stratum+tcp",
    "ssl": "stratum+ssl",
    "tls": "stratum+ssl",
    "stratum+tls": "stratum+ssl",
    "stratum+ssl+tcp": "stratum+ssl",
}
_HOST_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_HOST = 253


def parse_endpoint(text: str) -> Endpoint:
    """Split `scheme://[user:pass@]host:port`. Raises ValueProblem (SecretProblem if the text holds a password)."""
    try:
        return _parse_url(text)
    except ValueProblem as problem:
        if "@" in text:
            hidden = re.sub(r"^(.*?://)?.*@", r"\1(hidden)@", text, flags=re.DOTALL)
            raise SecretProblem(problem.why, problem.next_step, shown_as=hidden) from None
        raise


def parse_listen(text: str) -> tuple[str, int]:
    """Split `host:port` of the web page; the host is an IP address or `localhost`. Raises ValueProblem."""
    host, port = _split_host_and_port(text, "127.0.0.1:3333")
    if host != "localhost" and not _is_ip(host):
        raise ValueProblem("does not begin with an IP address of this computer", "Write, for example, 127.0.0.1:3333.")
    return host, port


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this computer (no name is looked up)."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _parse_url(text: str) -> Endpoint:
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueProblem("has no scheme such as daemon+http://", f"Write {FORMS}.")
    if scheme not in SCHEMES:
        likely = _LIKELY_SCHEMES.get(scheme.lower(), scheme.lower())
        hint = f"Did you mean {likely}://? " if likely in SCHEMES else ""
        raise ValueProblem("has a scheme that is not known", f"{hint}Write {FORMS}.")
    userinfo, at, place = rest.rpartition("@")
    if at and scheme != DAEMON_SCHEME:
        raise ValueProblem(
            "carries a user name, which pools take from WALLET", "Put the address into WALLET (--wallet)."
        )
    place = place.removesuffix("/")
    if any(mark in place for mark in "/?#"):
        raise ValueProblem("goes on after the port", f"Write {scheme}://host:port and nothing more.")
    host, port = _split_host_and_port(place, f"{scheme}://host:port")
    user, _, password = userinfo.partition(":")
    return Endpoint(scheme=scheme, host=host, port=port, user=unquote(user), password=unquote(password))


def _split_host_and_port(place: str, form: str) -> tuple[str, int]:
    host, colon, port_text = place.rpartition(":")
    if not colon or place.endswith("]"):
        raise ValueProblem("has no port", f"Write {form}, with a port from 1 to 65535.")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if not _is_ip(host) or ":" not in host:
            raise ValueProblem("has no IPv6 address in its brackets", f"Write {form}.")
    elif ":" in host:
        raise ValueProblem("has an IPv6 address without brackets", "Write it as [::1]:18081.")
    elif not _is_host(host):
        raise ValueProblem("has no valid host name", f"Write {form}.")
    if not re.fullmatch(r"[0-9]{1,5}", port_text) or not 1 <= int(port_text) <= 65535:
        raise ValueProblem("has a port that is not a number from 1 to 65535", f"Write {form}.")
    return host, int(port_text)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_host(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_HOST or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return False
    return _is_ip(host) or not labels[-1].isdigit()
