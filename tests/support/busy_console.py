"""The real page process of a large computer that mines, without the mining: what its pages cost depends on them alone.

with busy_console(home) as console, tab(browser, console.state) as here:
    console.open(here.page, "/")
    console.tick()
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.homes import manage
from tests.support.many_cores import LAYOUT, NODE_ULID, frame_at, series_of, share_at
from tests.support.puppet_supervisor import PuppetSupervisor, puppet_supervisor
from tests.support.web_peer import web_peer

_TICKS_A_SHARE = 5
_MAKE_NODE = """
import json
from mining.models import Node
Node.objects.create(ulid={ulid!r}, name="large", is_local=True, hardware={{"layout": json.loads({layout!r})}})
"""


class BusyConsole:
    """Pages at `address`, opened with `state` by an administrator. `tick` is the next second of the computer."""

    def __init__(self, puppet: PuppetSupervisor, address: str, state: Any) -> None:
        self._puppet = puppet
        self.address, self.state = address, state
        self._began = time.time()
        self.ticks = 0
        self.tick()

    def tick(self, seconds: float = 1.0, *, has_share: bool = False) -> None:
        """Tell a frame that is `seconds` younger than the one before, and with each fifth, or this one, a share."""
        self.ticks += 1
        self._began += seconds - 1
        if has_share or self.ticks % _TICKS_A_SHARE == 0:
            self._puppet.event("share", **share_at(self.ticks))
        self._puppet.frame(frame_at(self.ticks, self._began + self.ticks))

    def open(self, page: Page, path: str) -> None:
        """Load a page; the history that it asks for is made up."""
        page.route("**/api/v1/nodes/*/series*", lambda route: route.fulfill(json=series_of(route.request.url)))
        page.goto(self.address + path)


@contextmanager
def busy_console(home: Path) -> Iterator[BusyConsole]:
    """Serve the pages of `home` until the end of the block."""
    with puppet_supervisor(home) as puppet, web_peer(home) as web:
        made = manage(home, "shell", "-c", _MAKE_NODE.format(ulid=NODE_ULID, layout=json.dumps(LAYOUT)))
        assert made.returncode == 0, made.stderr
        pairs = [pair.partition("=") for pair in web.cookie.split("; ")]
        cookies = [{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"} for name, _, value in pairs]
        yield BusyConsole(puppet, f"http://127.0.0.1:{web.port}", {"cookies": cookies, "origins": []})
