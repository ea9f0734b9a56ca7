"""A websocket that has ended is forgotten at once: nothing of it waits for the collector of cycles."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.browser_socket import BrowserSocket
from tests.support.counting_web import COUNTS
from tests.support.process_facts import until
from tests.support.web_peer import WebPeer, web_peer

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebPeer]:
    """A web process that collects no cycles."""
    with web_peer(tmp_path_factory.mktemp("web"), module="tests.support.counting_web") as web:
        yield web


def counts(web: WebPeer) -> dict[str, int]:
    """How many things it holds of each class that a websocket is made of."""
    told: Path = web.home / COUNTS
    told.unlink(missing_ok=True)
    os.kill(web.process.pid, signal.SIGUSR1)
    until(told.exists, PATIENCE_S, "the web process counts")
    found: dict[str, int] = json.loads(told.read_text())
    return found


def until_forgotten(web: WebPeer) -> None:
    """Wait until it holds nothing of a websocket: daphne looks each second for those that have ended."""
    held: dict[str, int] = {}

    def is_forgotten() -> bool:
        held.update(counts(web))
        return not any(held.values())

    until(is_forgotten, PATIENCE_S, lambda: f"still there: {held}")


async def open_page(web: WebPeer) -> BrowserSocket:
    """A page that was told something."""
    page = await BrowserSocket.open(web.port, web.cookie)
    await page.next()
    held = await asyncio.to_thread(counts, web)
    del held["HTTPChannel"]  # an open websocket keeps none
    assert all(held.values()), f"these classes have other names now: {held}"
    return page


def test_an_open_connection_is_counted(web: WebPeer) -> None:
    with socket.create_connection(("127.0.0.1", web.port)):
        until(lambda: counts(web)["HTTPChannel"] == 1, PATIENCE_S, "its channel is there")
    until_forgotten(web)


async def test_a_page_whose_connection_was_cut_is_forgotten(web: WebPeer) -> None:
    page = await open_page(web)
    page.close()
    await asyncio.to_thread(until_forgotten, web)


async def test_a_page_that_is_closed_for_what_it_says_is_forgotten(web: WebPeer) -> None:
    page = await open_page(web)
    page.say({"type": "nonsense"})
    while await page.next() is not None:
        pass
    assert page.code == 4400
    page.close()
    await asyncio.to_thread(until_forgotten, web)


async def test_a_page_without_a_login_is_forgotten(web: WebPeer) -> None:
    page = await BrowserSocket.open(web.port, "")
    assert await page.next() is None
    assert page.code == 4401
    page.close()
    await asyncio.to_thread(until_forgotten, web)


def test_a_websocket_that_is_refused_is_forgotten(web: WebPeer) -> None:
    head = {
        "Connection": "Upgrade",
        "Origin": f"http://127.0.0.1:{web.port}",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", "/ws/v1/nothing", headers=head)
        assert connection.getresponse().status == 403
    until_forgotten(web)
