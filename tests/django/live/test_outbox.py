"""What leaves a websocket at once, and what waits for a turn of the reactor."""

from __future__ import annotations

from typing import Any

from minerconsole.live.outbox import Outbox


class _Transport:
    """One of Twisted, whose kernel takes `takes` bytes at a time; None: the connection is lost."""

    def __init__(self, takes: int | None) -> None:
        self.takes = takes
        self.dataBuffer, self._tempDataLen, self.disconnecting = b"", 0, False
        self.sent = self.waiting = b""

    def unregisterProducer(self) -> None:
        """The producer of before is none any more."""

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """Tell this one when to stop."""

    def writeSomeData(self, data: bytes) -> int | Exception:
        """Hand it to the kernel."""
        if self.takes is None:
            return ConnectionError()
        self.sent += data[: self.takes]
        return len(data[: self.takes])

    def write(self, data: bytes) -> None:
        """Keep it for a turn."""
        self.waiting += data
        self._tempDataLen = len(self.waiting)


class _Protocol:
    STATE_OPEN = state = 3

    def __init__(self, takes: int | None) -> None:
        self.transport = _Transport(takes)


def told(takes: int | None, *texts: str) -> tuple[_Protocol, Outbox]:
    """An outbox that was told these texts."""
    protocol = _Protocol(takes)
    outbox = Outbox(protocol)
    for text in texts:
        outbox.tell(text)
    return protocol, outbox


def test_a_message_that_the_kernel_takes_leaves_at_once_as_one_frame() -> None:
    protocol, _ = told(1000, "hello")
    assert (protocol.transport.sent, protocol.transport.waiting) == (b"\x81\x05hello", b"")


def test_what_the_kernel_does_not_take_waits_and_nothing_overtakes_it() -> None:
    protocol, _ = told(4, "hello", "you")
    assert (protocol.transport.sent, protocol.transport.waiting) == (b"\x81\x05he", b"llo\x81\x03you")


def test_nothing_overtakes_what_is_in_the_reactors_own_buffer() -> None:
    protocol, outbox = told(1000)
    protocol.transport.dataBuffer = b"before"
    outbox.tell("hello")
    assert (protocol.transport.sent, protocol.transport.waiting) == (b"", b"\x81\x05hello")


def test_a_lost_connection_is_left_to_the_reactor_to_tell() -> None:
    protocol, _ = told(None, "hello")
    assert protocol.transport.waiting == b"\x81\x05hello"


def test_a_connection_that_is_to_end_is_left_to_the_reactor() -> None:
    protocol, outbox = told(1000)
    protocol.transport.disconnecting = True
    outbox.tell("hello")
    assert (protocol.transport.sent, protocol.transport.waiting) == (b"", b"\x81\x05hello")


def test_a_socket_that_has_said_its_close_is_told_nothing_more() -> None:
    protocol, outbox = told(1000)
    protocol.state = 1
    outbox.tell("hello")
    assert (protocol.transport.sent, protocol.transport.waiting) == (b"", b"")


def test_a_transport_around_another_one_is_not_passed_by() -> None:
    class Wrapper:
        def __init__(self, inner: _Transport) -> None:
            self._inner, self.told = inner, b""

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def write(self, data: bytes) -> None:
            self.told += data

    protocol: Any = _Protocol(1000)
    inner, protocol.transport = protocol.transport, Wrapper(protocol.transport)
    Outbox(protocol).tell("hello")
    assert (inner.sent, protocol.transport.told) == (b"", b"\x81\x05hello")


def test_long_messages_say_their_length() -> None:
    for length, head in (
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65536, b"\x81\x7f" + (65536).to_bytes(8, "big")),
    ):
        protocol, _ = told(100_000, "x" * length)
        assert protocol.transport.sent == head + b"x" * length


def test_room_is_told_by_the_reactor() -> None:
    _, outbox = told(1000)
    assert outbox.has_room
    outbox.pauseProducing()
    assert not outbox.has_room
    outbox.resumeProducing()
    assert outbox.has_room
