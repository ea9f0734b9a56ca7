"""A console of a fleet as it runs in a data centre: page, worker and clock in processes of their own, on a real
PostgreSQL and a real Redis; and machines that join it by the product's own commands."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.fleet_node import FleetNode
from tests.support.homes import ROOT, log_in
from tests.support.mine import clean_environment
from tests.support.monerod import free_ports
from tests.support.postgres import Postgres
from tests.support.prepared_home import copy_prepared
from tests.support.process_facts import processes_in, until
from tests.support.redis_server import RedisServer
from tests.support.web_peer import answers
from tests.support.with_the_tests import ends_with_the_tests

SOON_S = 90.0
_CSRF = secrets.token_hex(16)


class WholeConsole:
    """`start` it, then `api` calls it as a logged-in administrator. `broker_public`: as machines reach the broker."""

    def __init__(
        self, folder: Path, postgres: Postgres, database: str, redis: RedisServer, broker_public: str = ""
    ) -> None:
        folder.mkdir(parents=True)
        self.folder, self.home, self.redis = folder, folder / "home", redis
        self.home.mkdir(mode=0o700)
        self.postgres, self.database = postgres, database
        self.port = free_ports(1)[0]
        self.environment = clean_environment(
            PYTHONPATH=str(ROOT),
            MINERCONSOLE_HOME=str(self.home),
            MINERCONSOLE_DATABASE=postgres.url(database),
            MINERCONSOLE_BROKER=redis.url,
            MINERCONSOLE_BROKER_PUBLIC=broker_public or redis.url,
            DJANGO_SETTINGS_MODULE="minerconsole.settings",
        )
        self._cookie = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start those of its three processes that do not run, and log in."""
        manage = (sys.executable, str(ROOT / "manage.py"), "fleet")
        web = (sys.executable, "-m", "minerconsole.web", "--home", str(self.home), "--listen", f"127.0.0.1:{self.port}")
        for name, words in {"web": web, "worker": (*manage, "worker"), "beat": (*manage, "beat")}.items():
            if name not in self.processes or self.processes[name].poll() is not None:
                self.run(name, *words)
        until(lambda: answers(self.port), SOON_S, self.said)
        link = self.manage("login").strip()
        self._cookie = log_in(f"{self.url}{link[link.index('/', 8) :]}")

    def run(self, name: str, *words: str) -> None:
        """Start one of them."""
        with (self.folder / f"{name}.said").open("ab") as said:
            self.processes[name] = subprocess.Popen(
                words, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, preexec_fn=ends_with_the_tests(),
            )  # fmt: skip

    def manage(self, *words: str) -> str:
        """Run a command of the console and return what it printed."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API with the session of a fresh login."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookie = f"{self._cookie}; minerconsole_csrf_{self.port}={_CSRF}"
        headers = {"Cookie": cookie, "X-CSRFToken": _CSRF, "Content-Type": "application/json", "Referer": self.url}
        with contextlib.closing(connection):
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        return answer.status, json.loads(text) if text else None

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The same, for a call that must go well."""
        status, told = self.api(method, path, body)
        assert 200 <= status < 300, (status, told, self.said())
        return told

    def invite(self, name: str) -> dict[str, Any]:
        """A token for one machine."""
        told: dict[str, Any] = json.loads(self.manage("node", "invite", "--name", name, "--json"))
        return told

    def tell(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask its rows."""
        return self.postgres.tell(statement, self.database)

    def said(self) -> str:
        """What its processes said."""
        return "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.said")))

    def stop(self) -> None:
        """End its processes in order."""
        for process in self.processes.values():
            process.terminate()
        for name, process in self.processes.items():
            assert process.wait(SOON_S) in (0, -signal.SIGTERM), (name, self.said())

    def clean_up(self) -> None:
        """End whatever is left, by process id."""
        for process in processes_in(self.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        for child in self.processes.values():
            child.wait()


class JoinedNode(FleetNode):
    """A machine that joins by typing `node join`. `behind`: words of a program that runs `node run` in its own way."""

    def __init__(self, folder: Path, console: WholeConsole, *words: str, behind: Sequence[str] = ()) -> None:
        folder.mkdir(parents=True)
        self.folder, self.home, self.redis = folder, folder / "home", console.redis
        copy_prepared(self.home)
        self._words, self._behind = words, tuple(behind)
        self.process = None
        self.console = console
        self.ulid = ""

    def join(self, name: str) -> None:
        """Type it, with a new token."""
        invited = self.console.invite(name)
        done = self.type(
            "node", "join", self.console.url, "--token", invited["token"], "--fingerprint", invited["fingerprint"],
            "--yes", "--json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        self.ulid = json.loads(done.stdout)["ulid"]

    def start(self) -> None:
        """Type `node run`."""
        program = (*self._behind, sys.executable, str(ROOT / "manage.py"))
        words = [*program, "node", "run", *self._words, "--home", str(self.home)]
        with (self.folder / "stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                env=clean_environment(PYTHONPATH=str(ROOT)), start_new_session=True, preexec_fn=ends_with_the_tests(),
            )  # fmt: skip

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words, "--home", str(self.home)], cwd=self.folder,
            env=clean_environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip


@contextlib.contextmanager
def whole_console(
    folder: Path, postgres: Postgres, database: str, redis: RedisServer, broker_public: str = ""
) -> Iterator[WholeConsole]:
    """A started one; nothing of it is left at the end."""
    console = WholeConsole(folder, postgres, database, redis, broker_public)
    try:
        console.start()
        yield console
        console.stop()
    finally:
        console.clean_up()
