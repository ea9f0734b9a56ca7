"""Asks the ASGI application as a server does: any host and origin, with a feed in the scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asgiref.testing import ApplicationCommunicator

from minerconsole.feed import FrameFeed
from minerconsole.fleet.reading import FarNodes

HOST = "127.0.0.1:3333"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: str


async def get(
    path: str,
    *,
    host: str = HOST,
    origin: str | None = None,
    feed: FrameFeed | None = None,
    far: FarNodes | None = None,
    cookie: str = "",
    query: str = "",
) -> Answer:
    """Ask for `path` with GET."""
    from minerconsole.asgi import FedApplication, application  # here: it needs Django to be set up

    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 3333),
    }
    communicator: Any = ApplicationCommunicator  # it carries no types
    talk = communicator(application if feed is None else FedApplication(feed, far), scope)
    await talk.send_input({"type": "http.request", "body": b""})
    start = await talk.receive_output(timeout=5)
    body = b""
    while True:
        part = await talk.receive_output(timeout=5)
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await talk.wait()
    names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], names, body.decode())
