"""The real web process of a home folder, with a database and somebody logged in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.support.homes import ROOT, log_in, make_database, make_login_link
from tests.support.process_facts import resident_mib, until


@dataclass(frozen=True)
class WebPeer:
    """A web process that answers."""

    process: subprocess.Popen[str]
    home: Path
    port: int
    cookie: str

    def memory_mib(self) -> float:
        """Its resident memory."""
        return resident_mib(self.process.pid)

    def open_files(self) -> int:
        """How many files and sockets it holds."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


@contextmanager
def web_peer(home: Path, *, module: str = "minerconsole.web") -> Iterator[WebPeer]:
    """Start the web process of `home`, or what a `module` makes of it, on a free port; killed at the end."""
    make_database(home)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    command = [sys.executable, "-m", module, "--home", str(home), "--listen", f"127.0.0.1:{port}"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "minerconsole.settings"}  # the product's, not the tests'
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: answers(port), 60.0, "the web process answers")
        yield WebPeer(process, home, port, log_in(make_login_link(home)))
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def answers(port: int) -> bool:
    """Whether a web process serves there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
