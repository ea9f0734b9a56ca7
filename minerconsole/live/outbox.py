"""Outbox: what daphne has not sent yet of one websocket. Its application writes only while there is room.

Daphne puts everything that an application sends into a buffer without end. Twisted tells a registered producer when
that buffer is full (64 KiB) and when it is empty again; here that becomes something to wait for. The kernel's buffer is
made small as well: it would hold megabytes of old Frames that nobody wants when a slow page comes back.

What each page is told each second goes through here as well, past the layers between application and socket.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

KERNEL_BYTES = 64 * 1024
_WHOLE_TEXT = 0x81  # RFC 6455 section 5.2: the only frame of a text message; a server masks nothing


class Outbox:
    """A push producer, in place of daphne's own one of its transport, which stops *reading* while the buffer is full.

    `protocol`: daphne's, of one websocket.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._room = asyncio.Event()
        self._room.set()
        transport = protocol.transport
        # A wrapper, as of TLS, has this method of what it wraps only by its instance. It is not to be passed by.
        self._is_plain = hasattr(type(transport), "writeSomeData")
        transport.unregisterProducer()
        transport.registerProducer(self, True)
        with suppress(OSError, AttributeError):
            transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    async def wait_for_room(self) -> None:
        """Return as soon as what was written before has left, or nearly so."""
        await self._room.wait()

    @property
    def has_room(self) -> bool:
        """Whether what was written before has left, or nearly so."""
        return self._room.is_set()

    def tell(self, text: str) -> None:
        """Send a message of an accepted socket. One that the page has left meanwhile takes none."""
        protocol = self._protocol
        if protocol.state == protocol.STATE_OPEN:
            text_bytes = text.encode()
            data = _head_of(len(text_bytes)) + text_bytes
            rest = data[self._sent_at_once(data) :]
            if rest:
                protocol.transport.write(rest)

    def _sent_at_once(self, data: bytes) -> int:
        """Hand to the kernel what it takes, where nothing waits before it: how many bytes that were.

        Twisted's own way is to ask for a turn, wait for it, send, and give the turn back: three calls more.
        """
        transport = self._protocol.transport
        if (
            not self._is_plain
            or transport.dataBuffer
            or getattr(transport, "_tempDataLen", True)
            or transport.disconnecting
        ):
            return 0
        sent = transport.writeSomeData(data)
        return sent if isinstance(sent, int) else 0  # a lost connection is told to the protocol by the usual way

    def pauseProducing(self) -> None:
        """The buffer is full."""
        self._room.clear()

    def resumeProducing(self) -> None:
        """The buffer is empty."""
        self._room.set()

    def stopProducing(self) -> None:
        """The connection is gone: nothing will be written any more, so nobody needs to wait."""
        self._room.set()


def _head_of(length: int) -> bytes:
    """The head of a websocket frame. Autobahn words a line for its log with each one, whether it is kept or not."""
    if length < 126:
        return bytes((_WHOLE_TEXT, length))
    if length < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, length)
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, length)
