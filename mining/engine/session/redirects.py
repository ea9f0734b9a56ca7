"""`client.reconnect`: a pool may move us within its own domain, never elsewhere. Pure.

A pool whose name service or software was taken over could otherwise send the hashes of its miners to anybody.
"""

from __future__ import annotations

import ipaddress
import re

import msgspec

from mining.engine.plan import Endpoint

_PORTS = range(1, 65536)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


def redirected(configured: Endpoint, host: str, port: int) -> Endpoint | None:
    """Return the endpoint a pool asks for (empty host or port 0: unchanged), None when it must not be followed."""
    wanted = host.strip().rstrip(".").lower() or configured.host
    number = port or configured.port
    if wanted != configured.host and not _HOST.fullmatch(wanted):
        return None
    if number not in _PORTS or not _is_same_domain(configured.host.rstrip(".").lower(), wanted):
        return None
    return msgspec.structs.replace(configured, host=wanted, port=number)


def _is_same_domain(ours: str, wanted: str) -> bool:
    """The same host, or one below the same domain: the configured name without its first label, if two remain."""
    if wanted == ours:
        return True
    if _is_address(ours) or _is_address(wanted):
        return False
    labels = ours.split(".")
    is_country_suffix = len(labels) == 3 and len(labels[2]) == 2 and len(labels[1]) <= 3  # co.uk belongs to everybody
    domain = ".".join(labels[1:]) if len(labels) > 2 and not is_country_suffix else ours
    return wanted == domain or wanted.endswith(f".{domain}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
