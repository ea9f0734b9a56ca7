"""The real console of a load run: PostgreSQL, Redis, the web process and the recorder, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.fleet_console import ROOT, FleetConsole, fleet_console, make_template
from tests.support.monerod import free_ports
from tests.support.postgres import Postgres, running_postgres
from tests.support.redis_server import RedisServer, redis_server

HISTORY_EVERY_S = 60.0  # as the product does


@dataclass
class LoadedConsole:
    """What runs, and how it is asked."""

    postgres: Postgres
    broker: RedisServer
    recorder: FleetConsole
    web: subprocess.Popen[bytes]
    port: int
    cookie: str

    def pids(self) -> dict[str, int]:
        """Process ids by the names of the parts."""
        assert self.postgres.process is not None
        return {
            "web": self.web.pid, "recorder": self.recorder.pid, "redis": self.broker.pid,
            "postgresql": self.postgres.process.pid,
        }  # fmt: skip


@contextlib.contextmanager
def loaded_console(folder: Path, ulids: list[str]) -> Iterator[LoadedConsole]:
    """Everything started, with a row for each Node and a viewer who is logged in."""
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        make_template(postgres, folder / "template")
        broker = stack.enter_context(redis_server(folder / "redis"))
        recorder = stack.enter_context(
            fleet_console(folder / "console", postgres, "fleet", broker.url, history_every_s=HISTORY_EVERY_S)
        )
        port = free_ports(1)[0]
        cookie = _rows(recorder, ulids, port)
        web = stack.enter_context(_web(recorder, broker, port))
        yield LoadedConsole(postgres, broker, recorder, web, port, cookie)


def _rows(console: FleetConsole, ulids: list[str], port: int) -> str:
    """Make the rows in this process, as joining and logging in make them; returns the cookie."""
    os.environ.update({name: console.environment[name] for name in ("MINERCONSOLE_HOME", "MINERCONSOLE_DATABASE")})
    os.environ.update(DJANGO_SETTINGS_MODULE="minerconsole.settings", DJANGO_LAYER="web")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from mining.models import Node
    from tests.support.visitors import cookie_of, make_user

    settings.SESSION_COOKIE_NAME = f"{settings.SESSION_COOKIE_NAME}_{port}"
    Node.objects.bulk_create([Node(ulid=ulid, name=f"node {number}") for number, ulid in enumerate(ulids)])
    cookie = cookie_of(make_user("viewer"))
    connection.close()
    return cookie


@contextlib.contextmanager
def _web(console: FleetConsole, broker: RedisServer, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**console.environment, "MINERCONSOLE_BROKER": broker.url}
    command = [sys.executable, "-m", "minerconsole.web", "--home", str(console.home), "--listen", f"127.0.0.1:{port}"]
    quiet: Any = subprocess.DEVNULL
    with (console.home / "web.err").open("ab") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=quiet, stdout=quiet, stderr=errors)
    try:
        deadline = time.monotonic() + 60.0
        while not _is_served(port):
            assert process.poll() is None and time.monotonic() < deadline, (console.home / "web.err").read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(10.0)


def _is_served(port: int) -> bool:
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
        return True
    return False
