"""A daemon that misbehaves on request: a scripted HTTP server on loopback. What is true of its coin, a child says."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Self

from mining.engine.plan import Endpoint


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are, then the connection is closed."""

    data: bytes


@dataclass(frozen=True)
class Refusal:
    """A JSON-RPC error."""

    number: int
    message: str


class Hang:
    """No answer at all; the connection stays open."""


@dataclass(frozen=True)
class Slow:
    """The true answer, worked out only after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class Result:
    """The result of a call, where it is no object."""

    value: object


Answer = Raw | Refusal | Hang | Slow | Result | dict[str, object]


class FakeDaemon:
    """`script` replaces the answer of a method; `requests` lists what was asked, `heads` with which HTTP headers."""

    first_method = ""
    """What a request without a body asks for."""

    def __init__(self) -> None:
        self.script: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("daemon+http", "127.0.0.1", self._port)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and drop those there are."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def truth(self, method: str, params: object) -> Answer:
        """The answer of a daemon that is well."""
        raise NotImplementedError

    def encoded(self, method: str, answer: Answer) -> bytes:
        """The whole HTTP answer."""
        raise NotImplementedError

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = int(head.lower().split("content-length:")[1].split("\r\n")[0])
        body = await reader.readexactly(size)
        request: dict[str, object] = json.loads(body) if body else {"method": self.first_method}
        method = str(request["method"])
        self.requests.append(method)
        self.heads.append(head)
        answer = self.script.get(method)
        if answer is None:
            answer = await self.truth(method, request.get("params"))
        if isinstance(answer, Slow):
            await asyncio.sleep(answer.seconds)
            answer = await self.truth(method, request.get("params"))
        if isinstance(answer, Hang):
            await asyncio.Event().wait()
        if isinstance(answer, Raw):
            writer.write(answer.data)
            await writer.drain()
            return False
        writer.write(self.encoded(method, answer))
        await writer.drain()
        return True


def http_answer(body: bytes, *, status: str = "200 Ok", content_type: str = "application/json") -> bytes:
    """A complete HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: {content_type}\r\n\r\n"
    return head.encode() + body
