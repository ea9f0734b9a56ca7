"""Websockets: refused under another name, and from any page that is not ours. Decides nothing about users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from minerconsole.guard import is_own_origin

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class SocketGuard:
    """Hands a websocket on to `application` only when its Host is ours and its Origin is that host.

    Browsers send an Origin with every websocket and ask no CORS for it, so the check here is the only one. A program
    that sends none is no browser, and is refused as well: programs use the API.
    """

    def __init__(self, application: Callable[[dict[str, Any], Receive, Send], Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve or refuse one connection."""
        if is_ours(scope):
            await self._application(scope, receive, send)
            return
        await receive()  # websocket.connect
        await send({"type": "websocket.close"})  # before it was accepted: the server answers 403


def is_ours(scope: dict[str, Any]) -> bool:
    """Whether the handshake names a host of ours once, and an origin of that host once."""
    host, origin = _only(scope, b"host"), _only(scope, b"origin")
    if host is None or origin is None:
        return False
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS) and is_own_origin(origin, host)


def _only(scope: dict[str, Any], name: bytes) -> str | None:
    values = [value for key, value in scope.get("headers", ()) if key.lower() == name]
    return values[0].decode("latin-1") if len(values) == 1 else None
