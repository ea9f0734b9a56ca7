"""The ASGI application: Django for HTTP, the live stream for websockets of our own pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

from minerconsole.live.hubs import LiveHubs
from minerconsole.live.routing import websockets
from minerconsole.socket_guard import SocketGuard

if TYPE_CHECKING:
    from minerconsole.feed import FrameFeed
    from minerconsole.fleet.reading import FarNodes
    from minerconsole.live.hub import LiveHub

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minerconsole.settings")

application: Any = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": SocketGuard(websockets)})


class FedApplication:
    """The application with feeds and their hubs, which views and consumers find in the scope's `state`."""

    def __init__(self, feed: FrameFeed, far: FarNodes | None = None) -> None:
        self.hubs = LiveHubs(feed, settings.MINERCONSOLE_HOME, far)
        self._state = {"feed": feed, "hubs": self.hubs}

    @property
    def hub(self) -> LiveHub:
        """The hub of this computer's Node."""
        return self.hubs.local

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection."""
        await application({**scope, "state": self._state}, receive, send)
