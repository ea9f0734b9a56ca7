"""A rollout on a whole fleet: real console, worker and clock, PostgreSQL, Redis, two machines and their pools; and the
health checks of the containers, asked of the same processes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.console import MONERO_ADDRESSES
from tests.support.fleet_console import TEMPLATE, make_template
from tests.support.homes import ROOT
from tests.support.mine import clean_environment
from tests.support.pools import presets
from tests.support.pools.faults import FaultKind
from tests.support.pools.pool import TestPool
from tests.support.postgres import running_postgres
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer
from tests.support.whole_console import SOON_S, JoinedNode, WholeConsole, whole_console

EASY = 8
REFUSAL = "Invalid payment address provided"


class Hall:
    """The console, two idle machines in one group, a pool that works and one that refuses every login."""

    def __init__(self, console: WholeConsole, nodes: list[JoinedNode], good: Any, bad: Any) -> None:
        self.console, self.nodes = console, nodes
        wallet = console.done("POST", "/wallets", {"name": "w", "coin": "XMR", "address": MONERO_ADDRESSES[0]})
        self.wallet: int = wallet["id"]
        self.good, self.bad = (self._pool(name, pool.port) for name, pool in (("good", good), ("bad", bad)))
        self.group: int = console.done("POST", "/fleet/groups", {"name": "hall"})["id"]
        console.done("PUT", f"/fleet/groups/{self.group}/nodes", {"nodes": [node.ulid for node in nodes]})

    def _pool(self, name: str, port: int) -> int:
        place = {"host": "127.0.0.1", "port": port, "scheme": "stratum+tcp"}
        made = self.console.done("POST", "/pools", {"name": name, "coin": "XMR", "endpoints": [place]})
        return int(made["id"])

    def body(self, pool: int) -> dict[str, Any]:
        """A rollout to that pool."""
        place = {"coin": "XMR", "wallet_id": self.wallet, "pool_ids": [pool]}
        return {"group_id": self.group, **place, "hold_s": 1, "verify_s": 120}

    def roll_out(self, pool: int, stage: str) -> dict[str, Any]:
        """Start one and wait until it is over, as `stage`."""
        number = self.console.done("POST", "/fleet/rollouts", self.body(pool))["id"]
        told: dict[str, Any] = {}

        def is_over() -> bool:
            told.update(self.console.done("GET", f"/fleet/rollouts/{number}"))
            return bool(told["stage"] in ("done", "failed", "stopped"))

        until(is_over, SOON_S, lambda: f"{told}\n{self.nodes[0].story()}\n{self.console.said()}")
        assert told["stage"] == stage, told
        return told

    def versions(self) -> dict[str, int]:
        """The newest plan of each machine at the console."""
        lists = {node.ulid: self.console.done("GET", f"/nodes/{node.ulid}/plans")["plans"] for node in self.nodes}
        return {ulid: plans[0]["version"] if plans else 0 for ulid, plans in lists.items()}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, redis: RedisServer) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("hall")
    behaviour = presets.SNIPA.but(difficulty=EASY, largest_difficulty=EASY)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(running_postgres())
        make_template(postgres, tmp_path_factory.mktemp("template"))
        postgres.create_database("hall", TEMPLATE)
        good, bad = (stack.enter_context(TestPool.start(behaviour)) for _ in range(2))
        bad.inject(FaultKind.REFUSE_LOGIN, seconds=3600.0, text=REFUSAL)
        console = stack.enter_context(whole_console(folder / "console", postgres, "hall", redis))
        nodes = [JoinedNode(folder / name, console, "--light", "--cores", "0") for name in ("one", "two")]
        for node in nodes:
            stack.callback(node.clean_up)
            node.join(node.folder.name)
            node.start()
        for node in nodes:
            node.wait_state("idle")
        _wait_heard(console)
        yield Hall(console, nodes, good, bad)
        for node in nodes:
            assert node.stop() == 0


def _wait_heard(console: WholeConsole) -> None:
    """The console's own rows say that both machines are there."""
    asked = "SELECT count(*) FROM mining_nodeaccess WHERE heard_at IS NOT NULL"
    until(lambda: console.tell(asked)[0][0] >= 2, SOON_S, console.said)


@pytest.mark.soak
def test_a_pool_that_refuses_stops_at_the_first_machine_and_a_good_one_reaches_all(hall: Hall) -> None:
    preview = hall.console.done("POST", "/fleet/rollouts/preview", hall.body(hall.good))
    assert [each["wave"] for each in preview["nodes"]] == [0, 1] and preview["trouble"] == ""
    assert all(
        {"COIN", "WALLET", "POOL_1"} <= {change["key"] for change in each["changes"]} for each in preview["nodes"]
    )

    refused = hall.roll_out(hall.bad, "failed")
    first, second = refused["nodes"]
    assert REFUSAL in refused["stage_reason"] and first["name"] in refused["stage_reason"]
    assert first["step"] == "taken_back" and REFUSAL in first["reason"]
    assert (second["step"], second["plan"]) == ("untouched", None)
    assert hall.versions()[second["node"]] == 0
    receipts = hall.console.done("GET", f"/nodes/{first['node']}/plans/{first['plan']}")["receipts"]
    assert receipts[-1]["state"] in ("failed", "rolled_back") and REFUSAL in receipts[-1]["reason"]

    done = hall.roll_out(hall.good, "done")
    assert [each["step"] for each in done["nodes"]] == ["verified", "verified"]
    for node in hall.nodes:
        node.wait_state("mining")
    until(
        lambda: {each["kind"] for each in hall.console.done("GET", "/fleet/drift") if each["wanted"]} == {"same"},
        SOON_S,
        "both run what they should",
    )

    before = hall.versions()
    again = hall.roll_out(hall.bad, "failed")
    first, second = again["nodes"]
    assert first["step"] == "taken_back" and second["step"] == "untouched"
    assert hall.versions()[second["node"]] == before[second["node"]]
    for node in hall.nodes:
        node.wait_state("mining")


@pytest.mark.soak
def test_the_health_checks_of_the_containers_know_these_processes(hall: Hall) -> None:
    web = {**hall.console.environment, "MINERCONSOLE_LISTEN": f"127.0.0.1:{hall.console.port}"}
    until(lambda: _health("worker", hall.console.environment) == (0, ""), SOON_S, hall.console.said)
    assert _health("console", web) == (0, "")
    assert _health("console", {**web, "MINERCONSOLE_LISTEN": "127.0.0.1:1"})[0] == 1
    assert _health("node", clean_environment(MINERCONSOLE_HOME=str(hall.nodes[0].home))) == (0, "")
    nobody = clean_environment(MINERCONSOLE_HOME=str(hall.nodes[0].folder / "nothing"))
    assert _health("node", nobody)[0] == 1


def _health(what: str, environment: dict[str, str]) -> tuple[int, str]:
    words = [sys.executable, str(Path(ROOT, "docker/health.py")), what]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.strip()
