"""Two real nodes mine; their console keeps every share of both, whatever is restarted or killed meanwhile."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mining.telemetry.journal_files import journal_lines
from tests.support.fleet_console import FleetConsole, fleet_console
from tests.support.fleet_node import FleetNode
from tests.support.postgres import Postgres
from tests.support.prepared_home import prepared_home
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer

SOON_S = 60.0
PLAN = {"OFFLINE": "on", "ALGORITHM": "scrypt", "DIFFICULTY": "300"}


@pytest.fixture
def console(tmp_path: Path, postgres: Postgres, broker: RedisServer) -> Iterator[FleetConsole]:
    with fleet_console(tmp_path / "console", postgres, "real_nodes", broker.url) as made:
        yield made


@pytest.fixture
def nodes(tmp_path: Path, broker: RedisServer, console: FleetConsole) -> Iterator[list[FleetNode]]:
    with contextlib.ExitStack() as stack:
        made = []
        for name in ("one", "two"):
            node = FleetNode(tmp_path / name, broker, "--cores", "0", tables=prepared_home())
            stack.callback(node.clean_up)
            console.add_node(node.ulid, name)
            made.append(node)
        yield made


def told(node: FleetNode) -> Counter[str]:
    """Shares by outcome, as the node's own journal has them."""
    shares = (line.told for line in journal_lines(node.home) if line.told.get("event") == "share")
    return Counter(str(share["outcome"]) for share in shares)


def has_found(node: FleetNode, more_than: int) -> bool:
    return sum(told(node).values()) > more_than


def is_recorded(console: FleetConsole, node: FleetNode) -> bool:
    """Whether the rows say what the node's journal says."""
    return console.outcomes(node.ulid) == dict(told(node))


@pytest.mark.soak
def test_every_share_of_both_is_a_row_once(
    nodes: list[FleetNode], console: FleetConsole, broker: RedisServer, postgres: Postgres
) -> None:
    for node in nodes:
        node.start()
        node.plan(1, **PLAN)
    for node in nodes:
        until(partial(has_found, node, 0), SOON_S, node.story)
        until(partial(is_recorded, console, node), SOON_S, lambda: console.said)

    broker.stop()
    before = {node.ulid: sum(told(node).values()) for node in nodes}
    postgres.stop()
    for node in nodes:
        until(partial(has_found, node, before[node.ulid]), SOON_S, "it mines without its console")
    postgres.start()
    broker.start()
    for node in nodes:
        broker.add_node(node.ulid, "node-secret")
    nodes[0].kill()
    nodes[0].wait_gone()
    assert nodes[1].stop() == 0
    nodes[0].start()
    until(lambda: bool(nodes[0].titled("supervisor")), SOON_S, "it starts again")
    assert nodes[0].stop() == 0

    nodes[1].start()  # what it could not send in its last seconds follows when it runs again
    until(lambda: bool(nodes[1].titled("supervisor")), SOON_S, "it starts again")
    for node in nodes:
        until(partial(is_recorded, console, node), SOON_S, lambda: console.said)
    assert nodes[1].stop() == 0
    until(partial(is_recorded, console, nodes[1]), SOON_S, lambda: console.said)
    rows = console.tell("SELECT count(*), count(DISTINCT (node_id, epoch, serial)) FROM mining_share")
    assert rows == [(sum(sum(told(node).values()) for node in nodes),) * 2]
    # "auth": a broker that was started again had no users for a moment
    assert [each for each in broker.refused() if each["reason"] != "auth"] == []
