"""Connections to the broker that never try again behind our back, and its troubles in words.

After a break nobody knows what arrived. Who sends a journal must ask first what did, so a connection that would be
mended silently would lose lines. The address holds a password: it is in no message.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.retry import Retry

CONNECT_S, ANSWER_S = 5.0, 10.0
KEEPALIVE: dict[int, int] = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 25_000,
}
"""A broker that vanished without a word (a network that was cut, a computer without power) is noticed within half a
minute, also by who only waits for what it sends. Seconds, and for unconfirmed data milliseconds."""
_CERTIFICATE_WORDS = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed", "doesn't match")
BROKER_ERRORS = (RedisError, OSError)
"""All that a call may raise when the broker does not do what it should."""
_PLAIN: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_S,
    "socket_timeout": ANSWER_S,
    "socket_keepalive": True,
    "socket_keepalive_options": KEEPALIVE,
    "protocol": 2,
    "driver_info": None,
}


def connect(url: str) -> redis.Redis:
    """A client of one thread. Connects at its first call."""
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), max_connections=1, **_PLAIN)


def connect_async(url: str) -> redis.asyncio.Redis:
    """A client of one event loop. Connects at its first call."""
    return redis.asyncio.Redis.from_url(url, retry=AsyncRetry(NoBackoff(), 0), max_connections=1, **_PLAIN)


def broker_name(url: str) -> str:
    """The broker as people may see it: host and port."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or 6379}"


@dataclass(frozen=True, slots=True)
class BrokerTrouble:
    """Why the broker cannot be used now; `code` is stable."""

    code: str
    sentence: str


def broker_trouble(url: str, error: Exception) -> BrokerTrouble:
    """What a person is told of an error of `BROKER_ERRORS`, without what comes of it."""
    name = f"The broker at {broker_name(url)}"
    said = " ".join(str(error).split())[:200]
    if isinstance(error, (AuthenticationError, NoPermissionError)) or "WRONGPASS" in said or "NOAUTH" in said:
        return BrokerTrouble("broker_refused", f"{name} refuses this user or what it asks for ({said}).")
    if (untrusted := _certificate_trouble(url, said)) is not None:
        return untrusted
    if "OOM" in said:
        return BrokerTrouble("broker_full", f"{name} has no memory left: raise its maxmemory.")
    if "LOADING" in said or "MASTERDOWN" in said:
        return BrokerTrouble("broker_starting", f"{name} is starting.")
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError, OSError)):
        return BrokerTrouble("broker_away", f"{name} does not answer ({said or type(error).__name__}).")
    return BrokerTrouble("broker_other", f"{name} does not take what it is sent ({type(error).__name__}: {said}).")


def _certificate_trouble(url: str, said: str) -> BrokerTrouble | None:
    """What is wrong with the broker's certificate, or with the file of its authority; None for other troubles."""
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return None
    name = f"the broker at {broker_name(url)}"
    authority = dict(parse_qsl(parts.query)).get("ssl_ca_certs", "")
    if authority and _cannot_be_read(authority):
        what = f"The file {authority}, which names the authority of {name}, cannot be read: put it there."
        return BrokerTrouble("broker_certificate", what)
    if not any(word in said for word in _CERTIFICATE_WORDS):
        return None
    why = said.partition("certificate verify failed: ")[2].partition(" (_ssl")[0].strip("., ") or said
    hint = f"is its authority that of {authority}?" if authority else "name its authority by ?ssl_ca_certs=FILE."
    what = f"The certificate of {name} is not trusted here ({why}): {hint}"
    return BrokerTrouble("broker_certificate", what)


def _cannot_be_read(file: str) -> bool:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:
        return True
    return False
