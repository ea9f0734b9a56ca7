"""Opens one TCP or TLS connection to a pool, each step with its own deadline, and says why where it cannot.

Owns nothing afterwards: the transport belongs to the protocol that was handed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import hmac
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from mining.engine.plan import Endpoint
from mining.engine.session.problems import LinkError
from mining.engine.session.timers import SessionTimers

TLS_SCHEME = "stratum+ssl"
_KEEPALIVE_IDLE_S, _KEEPALIVE_EVERY_S, _KEEPALIVE_PROBES = 20, 5, 3

_P = TypeVar("_P", bound=asyncio.Protocol)


async def open_link(
    endpoint: Endpoint, make_protocol: Callable[[], _P], *, timers: SessionTimers, fingerprints: tuple[str, ...] = ()
) -> tuple[asyncio.Transport, _P]:
    """Connect, and shake hands where the scheme says TLS. Raises LinkError.

    `fingerprints`: SHA-256 of the DER certificate, lower-case hex. When given, the pool's certificate must be one of
    them, and neither its authority nor its name is looked at; otherwise both are checked.
    """
    loop = asyncio.get_running_loop()
    name = endpoint.label
    try:
        async with asyncio.timeout(timers.connect_s):
            transport, protocol = await loop.create_connection(
                make_protocol, endpoint.host, endpoint.port, happy_eyeballs_delay=0.25
            )
    except TimeoutError:
        raise LinkError(
            f"{name} did not accept a connection within {timers.connect_s:g} s",
            next_step="A firewall may drop it; try another port of the pool.",
            code="connect_timeout",
        ) from None
    except UnicodeError:
        raise LinkError(f"{endpoint.host!r} of the pool {name} is not a host name", code="unknown_host") from None
    except OSError as error:
        raise _connect_problem(endpoint, error) from None
    _tune(transport, timers)
    if endpoint.scheme != TLS_SCHEME:
        return transport, protocol
    try:
        return await _shake_hands(transport, protocol, endpoint, timers, fingerprints), protocol
    except BaseException:
        transport.abort()
        raise


def _tune(transport: asyncio.Transport, timers: SessionTimers) -> None:
    """Send at once, and let the kernel notice a peer that is gone without a word."""
    sock = transport.get_extra_info("socket")
    options = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE_S),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_EVERY_S),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(timers.unacknowledged_s * 1000)),
    ]
    for level, option, value in options:
        with contextlib.suppress(OSError):
            sock.setsockopt(level, option, value)


def _connect_problem(endpoint: Endpoint, error: OSError) -> LinkError:
    name = endpoint.label
    if isinstance(error, socket.gaierror):
        return LinkError(
            f"the host name {endpoint.host!r} of the pool {name} is not known ({error.strerror})",
            next_step="Check its spelling and this computer's name service (DNS).",
            code="unknown_host",
        )
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return LinkError(
            f"{name} refused the connection: nothing listens on port {endpoint.port}",
            next_step="Check the port, or whether the pool is down.",
            code="refused",
        )
    reason = error.strerror or str(error) or type(error).__name__
    return LinkError(f"{name} cannot be reached ({reason})", code="unreachable")


async def _shake_hands(
    transport: asyncio.Transport,
    protocol: asyncio.Protocol,
    endpoint: Endpoint,
    timers: SessionTimers,
    fingerprints: tuple[str, ...],
) -> asyncio.Transport:
    name = endpoint.label
    context = ssl.create_default_context()
    if fingerprints:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    loop = asyncio.get_running_loop()
    try:
        secured = await loop.start_tls(
            transport,
            protocol,
            context,
            server_hostname=endpoint.host,
            ssl_handshake_timeout=timers.tls_s,
        )
    except ssl.SSLCertVerificationError as error:
        raise LinkError(
            f"the certificate of {name} is not good for {endpoint.host!r}: {error.verify_message}",
            next_step="If the pool publishes its fingerprint, set TLS_FINGERPRINT; otherwise use another endpoint.",
            code="tls_certificate",
        ) from None
    except (ssl.SSLError, OSError, TimeoutError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise LinkError(
            f"{name} does not speak TLS ({reason})",
            next_step="Check that this is its TLS port, or use stratum+tcp://.",
            code="tls_failed",
        ) from None
    if secured is None:
        raise LinkError(f"{name} closed the connection during the TLS handshake", code="tls_failed")
    if fingerprints:
        _check_fingerprint(secured, endpoint, fingerprints)
    return secured


def _check_fingerprint(transport: asyncio.Transport, endpoint: Endpoint, fingerprints: tuple[str, ...]) -> None:
    certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    seen = hashlib.sha256(certificate or b"").hexdigest()
    if not any(hmac.compare_digest(seen, each) for each in fingerprints):
        transport.abort()
        raise LinkError(
            f"{endpoint.label} shows a certificate with the fingerprint {seen}, and TLS_FINGERPRINT allows "
            f"{', '.join(fingerprints)}",
            next_step="If the pool published a new certificate, set the new value; otherwise do not trust this link.",
            code="tls_fingerprint",
        )
