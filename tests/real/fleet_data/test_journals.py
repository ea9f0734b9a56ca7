"""Journals of Nodes far away become rows exactly once, through a real Redis into a real PostgreSQL, whatever breaks."""

from __future__ import annotations

import contextlib
import itertools
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mining.fleet.keys import ACKED, FRAMES, JOURNAL, node_key
from mining.fleet.wire import place_of
from mining.telemetry.journal_files import acknowledged_place
from mining.telemetry.journal_tail import Place
from tests.support.far_node import FarNode
from tests.support.fleet_console import FleetConsole, fleet_console
from tests.support.postgres import Postgres
from tests.support.process_facts import until
from tests.support.redis_server import RedisServer, redis_server

SOON_S = 60.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def console(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, broker: RedisServer
) -> Iterator[FleetConsole]:
    with fleet_console(tmp_path_factory.mktemp("console"), postgres, "fleet", broker.url) as made:
        yield made


@pytest.fixture
def join(tmp_path: Path, broker: RedisServer, console: FleetConsole) -> Iterator[Callable[..., FarNode]]:
    """A Node whose user and row exist, and whose publisher runs."""
    with contextlib.ExitStack() as stack:

        def make(name: str) -> FarNode:
            node = FarNode(tmp_path / name, "")
            node.url = broker.add_node(node.ulid, f"secret of {name}")
            console.add_node(node.ulid, name)
            node.start()
            stack.callback(lambda: node.stop(0.0))
            return node

        yield make


def all_recorded(console: FleetConsole, node: FarNode) -> bool:
    try:
        return console.outcomes(node.ulid) == {name: count for name, count in node.counts.items() if count}
    except Exception:  # PostgreSQL is away in some of these tests
        return False


def check(console: FleetConsole, *nodes: FarNode) -> None:
    """No share row missing or doubled, for each Node and in sum; nothing waits any more."""
    for node in nodes:
        until(partial(all_recorded, console, node), SOON_S, lambda: f"{console.said}\n{nodes[0].said}")
        assert console.nonces(node.ulid) == list(range(1, node.found + 1))
        until(partial(is_acknowledged, node), SOON_S, "acknowledged")
    known = ", ".join(f"'{node.ulid}'" for node in nodes)
    of_nodes = f"JOIN mining_node ON mining_node.id = node_id WHERE ulid IN ({known})"
    assert console.tell(f"SELECT count(*) FROM mining_share {of_nodes}") == [(sum(node.found for node in nodes),)]
    assert console.tell(f"SELECT sum(unreadable_lines) FROM mining_journalposition {of_nodes}") == [(0,)]


def is_acknowledged(node: FarNode) -> bool:
    return acknowledged_place(node.home) == (node.journal.path.name, node.journal.path.stat().st_size)


def test_two_nodes_are_recorded_each_for_itself(
    console: FleetConsole, join: Callable[..., FarNode], broker: RedisServer
) -> None:
    one, two = join("one"), join("two")
    one.find(700)
    two.find(55)
    check(console, one, two)
    of_both = f"JOIN mining_node ON mining_node.id = node_id WHERE ulid IN ('{one.ulid}', '{two.ulid}')"
    assert console.tell(f"SELECT count(*), count(DISTINCT node_id) FROM mining_poolsession {of_both}") == [(2, 2)]
    with contextlib.closing(broker.client()) as client:
        assert client.xlen(node_key(one.ulid, JOURNAL)) == 0
        assert place_of(client.get(node_key(one.ulid, ACKED))) == Place(*acknowledged_place(one.home))
    # "auth": another test here had a broker that began without users
    assert [each for each in broker.refused() if each["reason"] != "auth"] == []


@pytest.mark.soak
def test_frames_become_history_and_say_when_a_node_was_seen(
    console: FleetConsole, join: Callable[..., FarNode]
) -> None:
    node = join("one")
    mine = f"(SELECT id FROM mining_node WHERE ulid = '{node.ulid}')"
    history = f"SELECT count(*) FROM mining_rateblock WHERE node_id = {mine}"
    told = itertools.count()

    def is_there() -> bool:
        node.tell(at=1_790_000_000.0 + next(told))
        seen = console.tell(f"SELECT last_frame_at > now() - interval '1 minute' FROM mining_node WHERE id = {mine}")
        return console.tell(history) != [(0,)] and seen == [(True,)]

    until(is_there, SOON_S, lambda: console.said)
    assert console.stop() == 0
    console.start()
    assert console.tell(f"SELECT frame_id != '' FROM mining_journalposition WHERE node_id = {mine}") == [(True,)]


@pytest.mark.soak
def test_redis_that_forgets_everything_costs_nothing(
    console: FleetConsole, join: Callable[..., FarNode], broker: RedisServer
) -> None:
    node = join("one")
    node.find(300)
    check(console, node)
    broker.stop()
    node.find(300)  # mining goes on
    until(lambda: any("does not answer" in said for said in node.said), SOON_S, lambda: str(node.said))
    broker.start()
    node.url = broker.add_node(node.ulid, "secret of one")
    node.find(300)
    check(console, node)
    until(lambda: any("is back" in said for said in node.said), SOON_S, lambda: str(node.said))


def _is_told(console: FleetConsole, times: int) -> bool:
    return console.said.count("PostgreSQL) does not answer") >= times


@pytest.mark.soak
def test_postgresql_that_is_restarted_or_crashes_costs_nothing(
    console: FleetConsole, join: Callable[..., FarNode], postgres: Postgres
) -> None:
    node = join("one")
    for told, number in enumerate((signal.SIGINT, signal.SIGQUIT)):
        node.find(400)
        postgres.stop(number)
        node.find(400)
        until(partial(_is_told, console, told + 1), SOON_S, lambda: console.said)
        postgres.start()
        check(console, node)
    assert "sesame" not in console.said and "takes rows again" in console.said


def test_a_recorder_that_is_killed_at_any_moment_costs_nothing(
    console: FleetConsole, join: Callable[..., FarNode]
) -> None:
    node = join("one")
    for _ in range(2):
        node.find(1500)
        until(lambda: len(console.nonces(node.ulid)) > node.found - 1500, SOON_S, lambda: console.said)
        console.kill()
        node.find(100)
        console.start()
    check(console, node)


def test_what_is_in_the_stream_twice_out_of_order_or_spoiled_is_recorded_once(
    console: FleetConsole, join: Callable[..., FarNode], broker: RedisServer
) -> None:
    console.kill()
    node = join("one")
    node.find(1000)
    stream = node_key(node.ulid, JOURNAL)
    with contextlib.closing(broker.client()) as client:
        until(lambda: client.xlen(stream) >= 5, SOON_S, "shipments")
        entries: Any = client.xrange(stream)
        client.xadd(stream, entries[2][1])
        client.xdel(stream, entries[3][0])
        client.xadd(stream, {"j": b"what?"})
        client.xadd(stream, entries[0][1])
        client.xadd(node_key(node.ulid, FRAMES), {"f": b"{", "n": b"x"})
    console.start()
    node.find(500)
    check(console, node)


@pytest.mark.soak
def test_a_node_that_was_away_brings_everything_along(console: FleetConsole, join: Callable[..., FarNode]) -> None:
    node = join("one")
    node.find(100)
    check(console, node)
    node.stop()
    node.find(800)
    node.journal.next_file()
    node.find(800)
    node.start()
    check(console, node)


@pytest.mark.soak
def test_a_database_that_was_set_back_is_filled_again(
    console: FleetConsole, join: Callable[..., FarNode], broker: RedisServer
) -> None:
    node = join("one")
    node.find(400)
    check(console, node)
    console.kill()
    mine = f"(SELECT id FROM mining_node WHERE ulid = '{node.ulid}')"
    console.tell(f"DELETE FROM mining_share WHERE serial > 200 AND node_id = {mine}")
    console.tell(f"UPDATE mining_journalposition SET file = '', \"offset\" = 0 WHERE node_id = {mine}")
    node.find(10)
    console.start()
    check(console, node)
