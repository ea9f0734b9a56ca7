"""A control server in a home of its own, and calls to it from another thread, as another process would make them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mining.engine.control import ControlServer, request
from mining.engine.event_hub import EventHub
from tests.support.source_watch import wait_until


class Desk:
    """A running server and what it was asked."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.hub = EventHub()
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.answer: dict[str, object] = {"ok": True}
        self.server = ControlServer(home, self.hub, self._handle)

    def _handle(self, op: str, message: dict[str, object]) -> dict[str, object]:
        self.asked.append((op, message))
        return self.answer

    async def ask(self, op: str, **fields: object) -> dict[str, object]:
        """One request through the real client."""
        return await asyncio.to_thread(request, self.home, op, 5.0, **fields)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A raw connection, for what no client of ours would send."""
        reader, writer = await asyncio.open_unix_connection(str(self.home / "run" / "control.sock"))
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def until(self, is_true: Callable[[], bool], what: str) -> None:
        """Wait for `is_true`, at most half a minute."""
        await wait_until(is_true, what)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A listening server."""
    made = Desk(tmp_path / "home")
    await made.server.start()
    yield made
    await made.server.close()
