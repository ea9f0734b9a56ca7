"""The laws of a node of a fleet, seen from outside: one miner, no orphan, each share of its journal in rows once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mining.telemetry.journal_files import journal_lines
from tests.support.fleet_node import FleetNode
from tests.support.process_facts import is_running, until
from tests.support.whole_console import SOON_S, JoinedNode, WholeConsole

ROLES = ("supervisor", "core 0")
_LOOK_S = 0.2
ShareKey = tuple[str, int, int, str]
"""Epoch, serial, nonce, outcome."""


@contextmanager
def one_miner_each(nodes: Sequence[FleetNode]) -> Iterator[None]:
    """Inside the block no node may have two miners at any time that is looked at, five times a second."""
    end, most = threading.Event(), Counter[tuple[str, str]]()

    def look() -> None:
        while not end.wait(_LOOK_S):
            for node in nodes:
                titles = Counter(each.title for each in node.processes())
                for role in ROLES:
                    key = node.folder.name, role
                    most[key] = max(most[key], titles[f"minerconsole: {role}"])

    thread = threading.Thread(target=look, name="one miner each")
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
    assert set(most.values()) == {1}, f"two miners at once, or none at all: {most}"


def orphans(node: FleetNode) -> list[str]:
    """The processes of a node that do not descend from its worker."""
    living = {each.pid: each for each in node.processes()}
    assert node.process is not None
    found = []
    for process in living.values():
        at = process.pid
        while at in living and at != node.process.pid:
            at = living[at].parent
        if at != node.process.pid and is_running(process.pid):
            found.append(f"{process.pid} {process.title}")
    return found


def told_shares(node: FleetNode) -> list[ShareKey]:
    """The shares in a node's own journal, in order."""
    lines = [line for line in journal_lines(node.home) if line.told.get("event") == "share"]
    return [(line.epoch, line.serial, _number(line.told["nonce"]), str(line.told["outcome"])) for line in lines]


def recorded_shares(console: WholeConsole, node: FleetNode) -> list[ShareKey]:
    """The shares of a node in the console's rows, in order."""
    rows = console.tell(
        "SELECT epoch, serial, nonce, outcome FROM mining_share JOIN mining_node ON mining_node.id = node_id "
        f"WHERE ulid = '{node.ulid}' ORDER BY mining_share.id"
    )
    return [(str(epoch), int(serial), int(str(nonce), 16), str(outcome)) for epoch, serial, nonce, outcome in rows]


def is_exact(console: WholeConsole, node: FleetNode) -> bool:
    """Whether the rows of a node that rests are its journal, share for share, and its Frame counts those of its run."""
    frame = node.status().get("frame") or {}
    shares: dict[str, Any] = frame.get("shares") or {}
    told = told_shares(node)
    if shares.get("in_flight", 1) or sorted(told) != sorted(recorded_shares(console, node)):
        return False
    counted = Counter(outcome for epoch, _, _, outcome in told if epoch == frame["epoch"])
    return all(counted[outcome] == shares[outcome] for outcome in ("accepted", "rejected", "stale", "lost"))


def check_laws(console: WholeConsole, nodes: Sequence[JoinedNode]) -> int:
    """Have all rest, compare all, and have them go on; returns the number of shares in rows."""
    for node in nodes:
        console.done("POST", f"/nodes/{node.ulid}/pause")
        node.wait_state("paused")
    for node in nodes:
        until(lambda node=node: is_exact(console, node), SOON_S, lambda node=node: _story(console, node))  # type: ignore[misc]
        assert len(set(told_shares(node))) == len(told_shares(node)) > 0
        until(lambda node=node: not orphans(node), SOON_S, lambda node=node: str(orphans(node)))  # type: ignore[misc]
        assert [len(node.titled(role)) for role in ROLES] == [1, 1], node.processes()
    total, different = console.tell("SELECT count(*), count(DISTINCT (node_id, epoch, serial)) FROM mining_share")[0]
    assert total == different == sum(len(told_shares(node)) for node in nodes)
    for node in nodes:
        console.done("POST", f"/nodes/{node.ulid}/resume")
        node.wait_state("mining")
    return int(total)


def _story(console: WholeConsole, node: FleetNode) -> str:
    told, rows = set(told_shares(node)), set(recorded_shares(console, node))
    missing, more = sorted(told - rows)[:3], sorted(rows - told)[:3]
    return f"{len(told)} told, {len(rows)} rows, missing {missing}, more {more}\n{node.story()}\n{console.said()}"


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
