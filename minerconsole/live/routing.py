"""Which websocket addresses there are. Everything else is refused before the handshake."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier

from minerconsole.live.consumer import FleetConsumer, LiveConsumer

PATH = "/ws/v1/live"
FLEET_PATH = "/ws/v1/fleet"
_LIVE: Any = LiveConsumer.as_asgi()
_FLEET: Any = FleetConsumer.as_asgi()
_NOBODY: Any = WebsocketDenier.as_asgi()


async def websockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one websocket."""
    await {PATH: _LIVE, FLEET_PATH: _FLEET}.get(scope["path"], _NOBODY)(scope, receive, send)
