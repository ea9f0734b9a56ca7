"""A page that watches the live stream, without a browser or a server: what it is told, in turn."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

from channels.testing import WebsocketCommunicator

from tests.support.asgi import HOST

PATIENCE_S = 60.0
_ROUNDS, _ROUND_S = 10, 0.005
Message = dict[str, Any]


class LivePage:
    """One websocket of `application`. Use it as an async context manager; `code` is set when it was closed."""

    def __init__(
        self, application: Any, cookie: str, *, node: str = "local", origin: str = f"http://{HOST}", path: str = ""
    ) -> None:
        headers = [(b"host", HOST.encode()), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
        communicator: Any = WebsocketCommunicator  # it carries no types
        self._talk = communicator(application, path or f"/ws/v1/live?node={node}", headers=headers)
        self.is_accepted = False
        self.code: int | None = None

    async def __aenter__(self) -> Self:
        """Shake hands."""
        self.is_accepted, _ = await self._talk.connect(PATIENCE_S)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Hang up."""
        await self._talk.disconnect(timeout=PATIENCE_S)

    async def next(self) -> Message:
        """Wait for one message; a close counts as one, of type "closed"."""
        output = await self._talk.receive_output(PATIENCE_S)
        if output["type"] == "websocket.close":
            self.code = output.get("code", 1000)
            return {"type": "closed", "code": self.code}
        message: Message = json.loads(output["text"])
        return message

    async def until(self, *types: str) -> Message:
        """Read on until a message of one of these types."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.next()
                if message["type"] in types:
                    return message
                assert message["type"] != "closed", f"closed with {self.code} instead of {types}"

    async def closed(self) -> int:
        """Read on until the close; returns its code."""
        message = await self.until("closed")
        return int(message["code"])

    async def says_nothing(self) -> bool:
        """Whether nothing is there to read now."""
        for _ in range(_ROUNDS):  # counted, so that the application has its turns whatever else the computer does
            await asyncio.sleep(_ROUND_S)
        is_silent: bool = await self._talk.receive_nothing(0.0)
        return is_silent

    async def say(self, message: Message | str) -> None:
        """Send JSON, or text as it is."""
        if isinstance(message, str):
            await self._talk.send_to(text_data=message)
        else:
            await self._talk.send_json_to(message)

    async def say_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        await self._talk.send_to(bytes_data=data)
