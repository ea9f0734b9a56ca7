"""A websocket client on a real socket, as a browser opens one (RFC 6455), that can also stop reading."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from typing import Any, Self

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class BrowserSocket:
    """One connection. Answers the stream's pings while it reads, and closes when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.code: int | None = None

    @classmethod
    async def open(
        cls,
        port: int,
        cookie: str,
        *,
        receive_bytes: int = 0,
        answers: bool = True,
        node: str = "local",
        path: str = "",
        limit: int = 1024,
    ) -> Self:
        """Shake hands, at the stream of a `node` or at another `path`.

        `receive_bytes` makes the kernel, and `limit` this client, keep that little for a client that does not read.
        """
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=plain, limit=limit)
        lines = [
            f"GET {path or f'/ws/v1/live?node={node}'} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Origin: http://127.0.0.1:{port}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13", f"Cookie: {cookie}", "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(lines).encode())
        status = await reader.readline()
        assert b" 101 " in status, status
        while await reader.readline() != b"\r\n":
            pass
        client = cls(reader, writer)
        client._answers = answers
        return client

    _answers = True

    async def next(self) -> dict[str, Any] | None:
        """Return the next message; None when the connection was closed (`code` says how, None: cut)."""
        while True:
            try:
                opcode, data = await self._read_frame()
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            if opcode == _TEXT:
                message: dict[str, Any] = json.loads(data)
                if message["type"] == "ping" and self._answers:
                    self.say({"type": "pong", "at": message["at"]})
                return message
            if opcode == _PING:
                self._write_frame(_PONG, data)
            if opcode == _CLOSE:
                self.code = struct.unpack("!H", data[:2])[0] if data else None
                self._write_frame(_CLOSE, data[:2])
                return None

    def say(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self._write_frame(_TEXT, json.dumps(message).encode())

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    async def _read_frame(self) -> tuple[int, bytes]:
        head, length = await self._reader.readexactly(2)
        if length == 126:
            length = struct.unpack("!H", await self._reader.readexactly(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", await self._reader.readexactly(8))[0]
        return head & 15, await self._reader.readexactly(length)

    def _write_frame(self, opcode: int, data: bytes) -> None:
        assert len(data) < 126, "longer ones have another form"
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._writer.write(bytes([0x80 | opcode, 0x80 | len(data)]) + mask + masked)
