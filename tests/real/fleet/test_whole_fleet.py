"""A whole fleet on one computer: console, worker, clock, PostgreSQL, Redis, a pool, and two machines mining at it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.console import MONERO_ADDRESSES
from tests.support.fleet_console import TEMPLATE, make_template
from tests.support.pools import presets
from tests.support.pools.pool import TestPool
from tests.support.postgres import Postgres, running_postgres
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer
from tests.support.whole_console import SOON_S, JoinedNode, WholeConsole, whole_console

EASY = 8


class Fleet:
    """The console, its two machines, and the pool."""

    def __init__(self, console: WholeConsole, nodes: list[JoinedNode], pool: TestPool) -> None:
        self.console, self.nodes, self.pool = console, nodes, pool
        self._versions: dict[JoinedNode, int] = {}

    def mine_at_the_pool(self) -> dict[JoinedNode, int]:
        """Have both mine at the pool, by one plan for each that is made once; returns their versions, verified."""
        if not self._versions:
            wallet = self.console.done("POST", "/wallets", {"name": "w", "coin": "XMR", "address": MONERO_ADDRESSES[0]})
            place = {"host": "127.0.0.1", "port": self.pool.port, "scheme": "stratum+tcp"}
            made = self.console.done("POST", "/pools", {"name": "p", "coin": "XMR", "endpoints": [place]})
            self._versions = _plan(self, coin="XMR", wallet_id=wallet["id"], pool_ids=[made["id"]])
        for node, version in self._versions.items():
            _wait_plan(self, node, version, "verified")
        return self._versions


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres() as cluster:
        make_template(cluster, tmp_path_factory.mktemp("template"))
        yield cluster


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: RedisServer) -> Iterator[Fleet]:
    """Two machines joined and run, idle: nobody gave them a plan."""
    folder = tmp_path_factory.mktemp("fleet")
    postgres.create_database("whole", TEMPLATE)
    behaviour = presets.SNIPA.but(difficulty=EASY, largest_difficulty=EASY)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(TestPool.start(behaviour))
        console = stack.enter_context(whole_console(folder / "console", postgres, "whole", redis))
        nodes = [JoinedNode(folder / name, console, "--light", "--cores", "0") for name in ("one", "two")]
        for node in nodes:
            stack.callback(node.clean_up)
            node.join(node.folder.name)
            node.start()
        for node in nodes:
            node.wait_state("idle")
        yield Fleet(console, nodes, pool)
        for node in nodes:
            assert node.stop() == 0
        for node in nodes:
            node.wait_gone()


def _plan(fleet: Fleet, **more: Any) -> dict[JoinedNode, int]:
    """Make one plan for each machine through the API; returns their versions."""
    found = {}
    for node in fleet.nodes:
        made = fleet.console.done("POST", f"/nodes/{node.ulid}/plans", more)
        found[node] = made["version"]
    return found


def _wait_plan(fleet: Fleet, node: JoinedNode, version: int, state: str) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def is_there() -> bool:
        told.update(fleet.console.done("GET", f"/nodes/{node.ulid}/plans/{version}"))
        return bool(told["state"] == state)

    until(is_there, SOON_S, lambda: f"{told}\n{node.story()}\n{fleet.console.said()}")
    return told


def test_a_plan_from_the_api_makes_both_machines_mine_at_a_pool_and_their_shares_are_rows(fleet: Fleet) -> None:
    console, pool = fleet.console, fleet.pool
    for node, version in fleet.mine_at_the_pool().items():
        told = _wait_plan(fleet, node, version, "verified")
        assert [each["state"] for each in told["receipts"]][:4] == ["queued", "delivered", "applied", "verified"]
    counts: dict[str, int] = {}

    def has_shares() -> bool:
        counts.clear()
        counts.update(_accepted(console))
        return len(counts) == 2 and min(counts.values()) >= 3

    until(has_shares, SOON_S, lambda: f"{counts} {console.said()}")
    for node in fleet.nodes:
        console.done("POST", f"/nodes/{node.ulid}/pause")
        node.wait_state("paused")

    def is_exact() -> bool:
        """Shares of each machine in its own Frame, in the rows, and of both at the pool."""
        frames = {node.ulid: (node.status().get("frame") or {}).get("shares", {}) for node in fleet.nodes}
        rows = _accepted(console)
        in_flight = sum(each.get("in_flight", 1) for each in frames.values())
        told = {ulid: each.get("accepted") for ulid, each in frames.items()}
        return in_flight == 0 and rows == told and sum(rows.values()) == pool.accepted  # a Frame may be a second old

    until(is_exact, SOON_S, lambda: f"{_accepted(console)} {pool.accepted} {[node.status() for node in fleet.nodes]}")
    for node in fleet.nodes:
        console.done("POST", f"/nodes/{node.ulid}/resume")
        node.wait_state("mining")


@pytest.mark.soak
def test_the_console_killed_and_started_again_finds_its_machines_mining(fleet: Fleet) -> None:
    console = fleet.console
    fleet.mine_at_the_pool()
    for name in ("worker", "web"):
        os.kill(console.processes[name].pid, 9)
        console.processes[name].wait()
    before = fleet.pool.accepted
    until(lambda: fleet.pool.accepted > before + 2, SOON_S, lambda: fleet.nodes[0].story())
    console.start()
    until(lambda: sum(_accepted(console).values()) >= before, SOON_S, console.said)
    assert all(node.followed[1] == "verified" for node in fleet.nodes)


@pytest.mark.soak
def test_a_machine_is_let_go_and_ends(fleet: Fleet, tmp_path: Path) -> None:
    third = JoinedNode(tmp_path / "three", fleet.console, "--light", "--cores", "0")
    try:
        third.join("three")
        third.start()
        third.wait_state("idle")
        fleet.console.done("DELETE", f"/fleet/members/{third.ulid}")
        assert third.process is not None and third.process.wait(SOON_S) == 0
        third.wait_gone()
        done = third.type("node", "run")
        assert done.returncode != 0 and "belongs to no fleet" in done.stderr
    finally:
        third.clean_up()


@pytest.mark.soak
def test_an_owner_pauses_and_leaves_without_the_console(fleet: Fleet, tmp_path: Path) -> None:
    mine = JoinedNode(tmp_path / "mine", fleet.console, "--cores", "0")
    try:
        mine.join("mine")
        mine.start()
        mine.wait_state("idle")
        plan = fleet.console.done("POST", f"/nodes/{mine.ulid}/plans", {"is_offline": True, "algorithm": "scrypt"})
        _wait_plan(fleet, mine, plan["version"], "verified")
        assert mine.type("node", "pause").returncode == 0
        mine.wait_state("paused")
        status, told = fleet.console.api("POST", f"/nodes/{mine.ulid}/resume")
        assert (status, told["code"]) == (409, "paused_by_owner")
        assert mine.type("node", "resume").returncode == 0
        mine.wait_state("mining")
        assert mine.type("node", "leave").returncode == 0
        assert mine.process is not None and mine.process.wait(SOON_S) == 0
        mine.wait_gone()

        def has_left() -> bool:
            members = fleet.console.done("GET", "/fleet/members")
            return [each["state"] for each in members if each["ulid"] == mine.ulid] == ["left"]

        until(has_left, SOON_S, fleet.console.said)
    finally:
        mine.clean_up()


def _accepted(console: WholeConsole) -> dict[str, int]:
    rows = console.tell(
        "SELECT ulid, count(*) FROM mining_share JOIN mining_node ON mining_node.id = node_id "
        "WHERE outcome = 'accepted' GROUP BY ulid"
    )
    return {str(ulid): int(count) for ulid, count in rows}
