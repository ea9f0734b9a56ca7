"""The ASGI application: Django for HTTP; websockets are refused until there is something to say on them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from channels.routing import ProtocolTypeRouter
from channels.security.websocket import WebsocketDenier
from django.core.asgi import get_asgi_application

from minerconsole.socket_guard import SocketGuard

if TYPE_CHECKING:
    from minerconsole.feed import FrameFeed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")

application: Any = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": SocketGuard(WebsocketDenier.as_asgi())}
)


class FedApplication:
    """The application with a feed that its views find in the scope's `state`."""

    def __init__(self, feed: FrameFeed) -> None:
        self._state = {"feed": feed}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        await application({**scope, "state": self._state}, receive, send)
