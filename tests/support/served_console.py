"""The console of a test over HTTP: who calls does so in another thread, and the thread of the test answers, which alone
sees the rows of its transaction."""

from __future__ import annotations

import http.server
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.test import Client

from tests.support.visitors import HOST

_HANDED_ON = ("Authorization", "Accept")
_POLL_S = 0.02
Answer = TypeVar("Answer")


def ask_console(do: Callable[[str], Answer], *, tls: ssl.SSLContext | None = None) -> Answer:
    """Call `do` with the console's address, and answer what it asks until it returns. Raises what it raises."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Desk) as server, ThreadPoolExecutor(1) as threads:
        server.timeout = _POLL_S
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        asking = threads.submit(do, f"{scheme}://127.0.0.1:{server.server_port}")
        while not asking.done():
            server.handle_request()
        return asking.result()


class _Desk(http.server.BaseHTTPRequestHandler):
    """Hands each request on to the product."""

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer()

    def do_POST(self) -> None:
        """Take what is sent."""
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name: self.headers[name] for name in _HANDED_ON if name in self.headers}
        kind = self.headers.get("Content-Type", "application/json")
        said = Client(headers={"Host": HOST}).generic(self.command, self.path, body, kind, headers=headers)
        self.send_response(said.status_code)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.content)

    def log_message(self, *_words: object) -> None:
        """Nobody reads it."""
