"""Start a real redis-server with an ACL file on a free loopback port, stop and start it again, end it by its id."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from mining.fleet.acl import node_rules, password_digest
from mining.fleet.connection import BROKER_ERRORS, connect
from mining.fleet.keys import node_user
from tests.support.monerod import free_ports
from tests.support.pools.certificates import Authority, Certificate
from tests.support.process_facts import until
from tests.support.with_the_tests import ends_with_the_tests

ADMIN, ADMIN_PASSWORD = "console", "console-secret"
START_S = 20.0


class RedisServer:
    """`folder` holds its ACL file and its log. Nothing is written to disk otherwise, unless `is_durable`.

    `addresses`: where it listens; clients use the first. `authority`: it speaks TLS, with a certificate of that one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        is_durable: bool = False,
        addresses: Sequence[str] = ("127.0.0.1",),
        authority: Authority | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.acl_file = folder / "users.acl"
        self.port = free_ports(1)[0]
        self._is_durable = is_durable
        self.addresses = tuple(addresses)
        self._authority = authority
        self._process: subprocess.Popen[bytes] | None = None
        self.acl_file.write_text(f"user default off\nuser {ADMIN} on >{ADMIN_PASSWORD} ~* &* +@all\n")

    @property
    def url(self) -> str:
        """The console's address."""
        return self.url_of(ADMIN, ADMIN_PASSWORD)

    def url_of(self, user: str, password: str) -> str:
        """The address of a user."""
        place = f"{quote(user, safe='')}:{quote(password, safe='')}@{self.addresses[0]}:{self.port}/0"
        if self._authority is None:
            return f"redis://{place}"
        return f"rediss://{place}?ssl_ca_certs={quote(str(self._authority.ca_path))}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = [
            "redis-server", *self._listening(), "--bind", *self.addresses, "--dir", str(self.folder),
            "--aclfile", str(self.acl_file), "--save", "", "--appendonly", "yes" if self._is_durable else "no",
            "--logfile", "redis.log", "--daemonize", "no",
        ]  # fmt: skip
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True, preexec_fn=ends_with_the_tests()
        )
        until(self._answers, START_S, lambda: f"redis-server does not answer: {self.log()[-500:]}")

    def _listening(self) -> list[str]:
        if self._authority is None:
            return ["--port", str(self.port)]
        file = str(self._authority.make(Certificate.GOOD)[0])
        return [
            "--port", "0", "--tls-port", str(self.port), "--tls-cert-file", file, "--tls-key-file", file,
            "--tls-ca-cert-file", str(self._authority.ca_path), "--tls-auth-clients", "no",
        ]  # fmt: skip

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Stop it; stopping twice does nothing."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """What it logged."""
        path = self.folder / "redis.log"
        return path.read_text() if path.exists() else ""

    def client(self) -> redis.Redis:
        """A client of the console."""
        return connect(self.url)

    def refused(self) -> list[dict[str, Any]]:
        """What its ACL refused so far."""
        with contextlib.closing(self.client()) as client:
            found: list[dict[str, Any]] = client.acl_log()
            return found

    def add_node(self, ulid: str, password: str) -> str:
        """Give a node its user; returns its address."""
        with contextlib.closing(self.client()) as client:
            rules = node_rules(ulid, password_digest(password))
            client.execute_command("ACL", "SETUSER", node_user(ulid), *rules)  # type: ignore[no-untyped-call]
        return self.url_of(node_user(ulid), password)

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log()
        try:
            with contextlib.closing(self.client()) as client:
                return bool(client.ping())
        except BROKER_ERRORS:
            return False


@contextlib.contextmanager
def redis_server(folder: Path, **options: Any) -> Iterator[RedisServer]:
    """A started one; the test is skipped where there is no redis-server."""
    if shutil.which("redis-server") is None:
        reason = "redis-server is not installed (Debian's package redis-server)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = RedisServer(folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
