"""The endpoints of a pool as they are entered: each checked as a URL, and all of them against each other. No rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mining.configuration import endpoints as urls
from mining.configuration.keys import MOST_POOLS
from mining.configuration.problem import ValueProblem
from mining.configuration.values import read_fingerprint
from mining.engine.plan import Endpoint
from mining.services.entries import Entries, sentence_of

TLS_SCHEME = "stratum+ssl"


@dataclass(frozen=True, slots=True)
class EndpointInput:
    """One host:port as it was entered. `priority` 1 is tried first; 0 is the place in the list.

    `tls_fingerprint`: SHA-256 of the certificate. `rpc_user`, `rpc_password`: of an own node; the password None keeps
    what is stored for the same place, "" stands for none.
    """

    scheme: str
    host: str
    port: int
    tls_fingerprint: str = ""
    priority: int = 0
    rpc_user: str = ""
    rpc_password: str | None = field(default=None, repr=False)
    is_enabled: bool = True

    @property
    def place(self) -> tuple[str, str, int]:
        """What tells endpoints of a pool apart."""
        return self.scheme, self.host, self.port

    @property
    def is_daemon(self) -> bool:
        """Whether it is an own node."""
        return self.scheme == urls.DAEMON_SCHEME


def endpoint_from_url(url: str, *, tls_fingerprint: str = "", priority: int = 0) -> EndpointInput:
    """Split a URL as in POOL_1. Raises ValueProblem."""
    parsed = urls.parse_endpoint(url)
    has_login = bool(parsed.user or parsed.password)
    return EndpointInput(
        parsed.scheme, parsed.host, parsed.port, tls_fingerprint, priority, parsed.user,
        parsed.password if has_login else None,
    )  # fmt: skip


def as_plan_endpoint(endpoint: EndpointInput) -> Endpoint:
    """The endpoint as plans and logins know it."""
    return Endpoint(scheme=endpoint.scheme, host=endpoint.host, port=endpoint.port)


def checked_endpoints(given: Sequence[EndpointInput], entries: Entries) -> list[EndpointInput]:
    """Return the endpoints in the order they are tried, written in one form; what is wrong goes to `entries`."""
    checked = [_checked(endpoint, number, entries) for number, endpoint in enumerate(given)]
    if not given:
        entries.wrong("endpoints", "Enter at least one host and port.")
    elif not any(endpoint.is_enabled for endpoint in given):
        entries.wrong("endpoints", "Every endpoint is switched off. Leave at least one of them on.")
    if len(given) > MOST_POOLS:
        entries.wrong("endpoints", f"There are {len(given)} endpoints. Enter at most {MOST_POOLS}.")
    if len({endpoint.is_daemon for endpoint in checked}) > 1:
        entries.wrong("endpoints", "Pools and own nodes are mixed. Make one entry for the pool and one for the node.")
    _refuse_twins(checked, entries)
    ordered = sorted(checked, key=lambda endpoint: endpoint.priority)
    return [replace(endpoint, priority=place) for place, endpoint in enumerate(ordered, start=1)]


def _checked(endpoint: EndpointInput, number: int, entries: Entries) -> EndpointInput:
    prefix = f"endpoints.{number}."
    host = endpoint.host.strip().strip("[]").rstrip(".").lower()
    wrote = replace(endpoint, host=host, priority=endpoint.priority or number + 1)
    if endpoint.scheme not in urls.SCHEMES:
        entries.wrong(f"{prefix}scheme", f"Choose one of: {', '.join(urls.SCHEMES)}.")
    elif not 1 <= endpoint.port <= 65535:
        entries.wrong(f"{prefix}port", "Enter a port from 1 to 65535.")
    else:
        _check_host(wrote, prefix, entries)
    fingerprint = _fingerprint(wrote, prefix, entries)
    _check_rpc(wrote, prefix, entries)
    return replace(wrote, tls_fingerprint=fingerprint)


def _check_host(endpoint: EndpointInput, prefix: str, entries: Entries) -> None:
    text = f"[{endpoint.host}]" if ":" in endpoint.host and "/" not in endpoint.host else endpoint.host
    if "@" in text or "/" in text or len(text) > 253:
        entries.wrong(f"{prefix}host", "Enter the host name or address alone; scheme, port and login have fields.")
        return
    url = f"{endpoint.scheme}://{text}:{endpoint.port}"
    try:
        urls.parse_endpoint(url)
    except ValueProblem as problem:
        entries.wrong(f"{prefix}host", sentence_of(url, problem))


def _fingerprint(endpoint: EndpointInput, prefix: str, entries: Entries) -> str:
    name = f"{prefix}tls_fingerprint"
    if not endpoint.tls_fingerprint.strip():
        return ""
    if endpoint.scheme != TLS_SCHEME:
        entries.wrong(name, "This pins a certificate, but the endpoint is without TLS. Choose TLS, or leave it empty.")
    return str(entries.read(endpoint.tls_fingerprint.strip(), read_fingerprint, field=name) or "")


def _check_rpc(endpoint: EndpointInput, prefix: str, entries: Entries) -> None:
    if endpoint.is_daemon:
        entries.line(endpoint.rpc_user, most=64, field=f"{prefix}rpc_user")
        entries.line(endpoint.rpc_password or "", most=256, field=f"{prefix}rpc_password")
    elif endpoint.rpc_user or endpoint.rpc_password:
        entries.wrong(f"{prefix}rpc_user", "A pool takes no RPC login; that is for own nodes. Leave it empty.")


def _refuse_twins(endpoints: list[EndpointInput], entries: Entries) -> None:
    seen: set[tuple[str, str, int]] = set()
    for number, endpoint in enumerate(endpoints):
        if endpoint.place in seen:
            entries.wrong(f"endpoints.{number}.host", "This endpoint stands here twice. Remove one of the two.")
        seen.add(endpoint.place)
