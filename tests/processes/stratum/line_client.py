"""A bare socket that speaks JSON lines with a test pool of any dialect, with no code of the product's clients."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Self

from tests.support.pools.running import RunningPool

TIMEOUT_S = 30.0  # a pool of this process answers at once, on a busy machine later
QUIET_S = 0.15

Message = dict[str, Any]


class LineClient:
    """One connection. `notices` came and were not asked for yet."""

    def __init__(
        self, pool: RunningPool[Any], *, tls: ssl.SSLContext | None = None, server_name: str = "localhost"
    ) -> None:
        self.socket: socket.socket = socket.create_connection((pool.host, pool.port), TIMEOUT_S)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)
        self.pending = b""
        self.notices: list[Message] = []
        self.next_id = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, message: Message | bytes) -> None:
        """Send an object as a line, or bytes as they are."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
        self.socket.sendall(data)

    def line(self, timeout_s: float = TIMEOUT_S) -> Message | None:
        """The next message; None when the pool has closed. Raises TimeoutError when nothing comes."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def comes_in_pieces(self, tell_job: Callable[[], None], method: str) -> bool:
        """Have the pool tell a job; whether its line was read in more than one piece."""
        tell_job()
        self.socket.settimeout(TIMEOUT_S)
        first = whole = self.socket.recv(65536)
        while not whole.endswith(b"\n"):
            whole += self.socket.recv(65536)
        assert json.loads(whole)["method"] == method
        return len(whole) > len(first)

    def answer(self, timeout_s: float = TIMEOUT_S) -> Message | None:
        """The next message that is no notice; None when the pool has closed."""
        while (message := self.line(timeout_s)) is not None and "method" in message:
            self.notices.append(message)
        return message

    def next_notice(self, timeout_s: float = TIMEOUT_S) -> Message:
        """The next notice."""
        while not self.notices:
            message = self.line(timeout_s)
            assert message is not None, "the pool closed"
            if "method" in message:
                self.notices.append(message)
        return self.notices.pop(0)

    def is_silent(self) -> bool:
        """Whether nothing comes, the socket being open."""
        try:
            self.line(QUIET_S)
        except TimeoutError:
            return True
        return False

    def is_closed(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Whether the pool closes within the time; what comes before is read."""
        deadline = time.monotonic() + timeout_s
        try:
            while self.line(max(0.01, deadline - time.monotonic())) is not None:
                pass
        except TimeoutError:
            return False
        return True
