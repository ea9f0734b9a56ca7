"""A server on loopback that answers every request with nonsense, and counts them."""

from __future__ import annotations

import contextlib
import socket
import threading

_ANSWER = b"HTTP/1.1 200 Ok\r\nContent-Length: 21\r\nConnection: close\r\n\r\n<html>not a daemon</h>"


class GarbageServer:
    """Listens on 127.0.0.1:`port` until closed."""

    def __init__(self, port: int) -> None:
        self.requests = 0
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link, contextlib.suppress(OSError):
                link.settimeout(5)
                if link.recv(65536):
                    self.requests += 1
                    link.sendall(_ANSWER)

    def close(self) -> None:
        """Stop listening; harmless when called twice."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
