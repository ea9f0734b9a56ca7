"""A pool that says exactly what a test writes, and counts what it hears. No shares are judged."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

JOB: dict[str, Any] = {
    "blob": "10" * 39 + "00000000" + "11" * 33,
    "job_id": "1",
    "target": "ffffff00",
    "algo": "rx/0",
    "height": 5,
    "seed_hash": "00" * 32,
}


def line_of(message: dict[str, Any]) -> bytes:
    """One line of the wire."""
    return (json.dumps(message) + "\n").encode()


def job_push(**changes: Any) -> bytes:
    """A pushed job."""
    return line_of({"jsonrpc": "2.0", "method": "job", "params": {**JOB, **changes}})


def reconnect_to(*params: Any) -> bytes:
    """`client.reconnect`."""
    return line_of({"id": None, "method": "client.reconnect", "params": list(params)})


@dataclass(slots=True)
class ScriptedPool:
    """`glued`: sent in one piece with the login reply; `later`: `after_s` after it. `is_mute`: logins get no answer."""

    glued: bytes = b""
    later: bytes = b""
    after_s: float = 0.02
    is_mute: bool = False
    port: int = 0
    connects: int = 0
    logins: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The endpoint as a user writes it."""
        return f"stratum+tcp://localhost:{self.port}"

    async def listen(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close the listener and all connections."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    @property
    def is_connected(self) -> bool:
        """Whether somebody is connected now."""
        return bool(self._writers)

    def say(self, line: bytes) -> None:
        """Send to every connection."""
        for writer in self._writers:
            writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                await self._answer(json.loads(line), writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        self.requests.append(message)
        if message["method"] != "login":
            return
        self.logins += 1
        if self.is_mute:
            return
        result = {"id": "s", "job": JOB, "status": "OK"}
        writer.write(line_of({"id": message["id"], "jsonrpc": "2.0", "error": None, "result": result}) + self.glued)
        if self.later:
            await asyncio.sleep(self.after_s)
            writer.write(self.later)
