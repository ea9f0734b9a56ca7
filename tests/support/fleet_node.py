"""A real node of a fleet: `node run` in a home of its own, at a real Redis, with a console key that the test holds."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mining.engine.control import request
from mining.engine.node_id import node_id_of
from mining.engine.signed_plan import PlanDocument, encode_document, public_key_of, sign
from mining.engine.ulid import new_ulid
from mining.errors import MinerConsoleError
from mining.fleet.commands import CommandDocument, encode_command, sign_command
from mining.fleet.keys import ANSWERS, node_key
from mining.fleet.membership import Membership, become_member
from mining.fleet.sender import send_task
from tests.support.mine import REPOSITORY, clean_environment
from tests.support.prepared_home import DATABASE
from tests.support.process_facts import Process, processes_in, until
from tests.support.redis_server import RedisServer
from tests.support.with_the_tests import ends_with_the_tests

PASSWORD = "node-secret"
SCRYPT = {"OFFLINE": "on", "ALGORITHM": "scrypt"}
PATIENCE_S = 60.0


class FleetNode:
    """`folder` gets the home, and is the working directory of all its processes."""

    def __init__(self, folder: Path, redis: RedisServer, *words: str, tables: Path | None = None) -> None:
        self.folder, self.home, self.redis = folder, folder / "home", redis
        self.home.mkdir(mode=0o700, parents=True)
        if tables is not None:
            shutil.copy(tables / DATABASE, self.home / DATABASE)
        self.key = os.urandom(32)
        self.ulid = node_id_of(self.home)
        self.broker = redis.add_node(self.ulid, PASSWORD)
        self._words = words or ("--cores", "0")
        self.process: subprocess.Popen[bytes] | None = None
        member = Membership(self.ulid, "cellar", "https://console", "owner", self.broker, time.time())
        become_member(self.home, member, public_key_of(self.key))

    # --- its processes ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start `node run`."""
        with (self.folder / "stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mining.fleet.node_worker", str(self.home), *self._words],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                env=clean_environment(PYTHONPATH=str(REPOSITORY)), start_new_session=True,
                preexec_fn=ends_with_the_tests(),
            )  # fmt: skip

    def stop(self) -> int:
        """End it warmly; returns its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End the worker as a crash does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def processes(self) -> list[Process]:
        """All living processes of the node."""
        return processes_in(self.folder)

    def titled(self, what: str) -> list[int]:
        """The processes `minerconsole: what`."""
        return [each.pid for each in self.processes() if each.title == f"minerconsole: {what}"]

    def wait_gone(self) -> None:
        """Wait until nothing of it runs."""
        until(lambda: not self.processes(), PATIENCE_S, lambda: f"still there: {self.processes()}")

    def clean_up(self) -> None:
        """End whatever is left, by process id."""
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    # --- what its console sends -------------------------------------------------------------------------------

    def plan(self, version: int, **values: str) -> None:
        """Send a plan that its console signed; by default one that mines offline, without a big memory."""
        given = values or SCRYPT
        data = encode_document(PlanDocument(self.ulid, version, given))
        self.send("apply_plan", data, sign(self.key, data))

    def command(self, op: str, *, times: int = 1, **more: Any) -> str:
        """Send a command that its console signed, `times` times; returns its id."""
        fields: dict[str, Any] = {"id": new_ulid(), "issued_at": int(time.time()), "node_id": self.ulid} | more
        data = encode_command(CommandDocument(op=op, **fields))
        for _ in range(times):
            self.send(op, data, sign_command(self.key, data))
        return str(fields["id"])

    def send(self, task: str, data: bytes, signature: bytes, *, broker: str = "") -> None:
        """Put a task into its queue, as the console or as whoever has the address `broker`."""
        address = broker or self.redis.url
        send_task(address, self.ulid, task, data, signature)

    # --- what it says -----------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What its Supervisor says; empty while there is none."""
        try:
            return request(self.home, "status")
        except MinerConsoleError:
            return {}

    @property
    def state(self) -> str:
        """The state in its newest Frame."""
        return str((self.status().get("frame") or {}).get("state", ""))

    @property
    def followed(self) -> tuple[int, str]:
        """Version and state of the plan that it follows."""
        plan = self.status().get("plan", {})
        return plan.get("version", 0), plan.get("state", "")

    def hashes(self) -> int:
        """Hashes of its cores so far."""
        frame = self.status().get("frame") or {}
        return sum(core["hashes"] for core in frame.get("cores", ()))

    def wait_state(self, *states: str) -> None:
        """Wait for one of these states."""
        until(lambda: self.state in states, PATIENCE_S, lambda: f"not {states}: {self.story()}")

    def wait_followed(self, version: int, state: str = "verified") -> None:
        """Wait until a plan got that far."""
        until(lambda: self.followed == (version, state), PATIENCE_S, lambda: f"not {version} {state}: {self.story()}")

    def wait_answer(self, is_it: dict[str, Any]) -> dict[str, Any]:
        """Wait for an answer to the console that holds all of `is_it`."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = [each for each in self.answers() if is_it.items() <= each.items()]
            return bool(found)

        until(is_there, PATIENCE_S, lambda: f"no answer {is_it}: {self.answers()} {self.story()}")
        return found[-1]

    def answers(self) -> list[dict[str, Any]]:
        """What it told its console of commands."""
        with contextlib.closing(self.redis.client()) as client:
            entries: Any = client.xrange(node_key(self.ulid, ANSWERS))
        return [json.loads(fields[b"a"]) for _, fields in entries]

    def receipts(self) -> list[tuple[int, str]]:
        """Version and state of the receipts in its journal."""
        lines = [line for path in sorted((self.home / "journal").glob("*")) for line in path.read_bytes().splitlines()]
        told = [json.loads(line)["told"] for line in lines if b'"plan"' in line]
        return [(each["version"], each["state"]) for each in told if each["event"] == "plan"]

    def story(self) -> str:
        """What a failure should show."""
        said = (self.folder / "stderr").read_text(errors="replace")[-2000:]
        errors = self.home / "log/node.err"
        return f"{self.status()}\n{said}\n{errors.read_text(errors='replace')[-2000:] if errors.exists() else ''}"


@contextlib.contextmanager
def fleet_node(folder: Path, redis: RedisServer, *words: str, tables: Path | None = None) -> Iterator[FleetNode]:
    """A node that joined, not started; nothing of it is left at the end. `tables`: a home with an empty database."""
    folder.mkdir(parents=True, exist_ok=True)
    node = FleetNode(folder, redis, *words, tables=tables)
    try:
        yield node
    finally:
        node.clean_up()
