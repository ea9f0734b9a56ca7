"""A real page of a console whose fleet is made up: `python -m tests.support.made_up_fleet HOME PORT COUNT`.

Rows of the nodes are in the home's database; their Frames are made here, once a second, and reach the page by the real
hub. Some nodes are in each kind of trouble, always the same ones.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from pathlib import Path

import msgspec

from minerconsole.feed import FrameFeed
from minerconsole.fleet.far_feed import FarFeed
from minerconsole.web.setup import prepare_django
from mining.telemetry import frame as f
from tests.support.frames import mining_frame

GROUPS = ("hall north", "hall south", "cellar", "")
TAGS = ("epyc", "ryzen", "rack 1", "rack 2", "rack 3", "solar")
CPUS = ("AMD EPYC 7763", "AMD Ryzen 9 7950X", "Intel Xeon E5-2697 v4", "AMD EPYC 9654")


def ulid_of(number: int) -> str:
    """The ULID of a node."""
    return f"01MADEVP{number:018d}"


class MadeUpFar:
    """In the place of the subscriber."""

    def __init__(self, count: int) -> None:
        self._feeds = {ulid_of(number): FarFeed(ulid_of(number)) for number in range(count)}

    @property
    def feeds(self) -> tuple[FarFeed, ...]:
        """All."""
        return tuple(self._feeds.values())

    async def refresh(self, patience_s: float) -> None:
        """Nothing is newer."""

    def feed_of(self, ulid: str) -> FarFeed | None:
        """One."""
        return self._feeds.get(ulid)

    async def watch(self, feed: FarFeed) -> None:
        """Nothing was kept."""

    async def follow(self) -> None:
        """A Frame of each node that is heard, each second."""
        seq = 0
        while True:
            for number, feed in enumerate(self._feeds.values()):
                take(feed, number, seq)
            seq += 1
            await asyncio.sleep(1.0)


def take(feed: FarFeed, number: int, seq: int) -> None:
    """The next Frame of a node, unless it is one of those that fell silent."""
    kind = number % 97
    if kind == 13:
        return  # never heard
    if kind in (5, 6, 7) and seq:
        return  # heard once, long ago
    ages = {5: 300.0, 6: 30.0, 7: 4.0, 8: 5.0}
    feed.take_frame(frame_of(number, seq, kind), ages.get(kind, 0.2))


def frame_of(number: int, seq: int, kind: int) -> bytes:
    """Its JSON."""
    chance = random.Random(number)
    is_scrypt = number % 5 == 4
    expected = chance.uniform(40e3, 90e3) if is_scrypt else chance.uniform(6e3, 24e3)
    rate = expected * (0.6 if kind == 21 else chance.uniform(0.9, 1.03)) * random.uniform(0.99, 1.01)
    found = int(seq * chance.uniform(0.1, 0.4)) + number % 50 + 40
    rejected = found // 8 if kind == 31 else found // 200
    state, reason = {41: ("paused", "paused by the owner"), 42: ("idle", ""), 43: ("failed", "no memory left")}.get(
        kind, ("mining", "")
    )
    made = msgspec.structs.replace(
        mining_frame(seq=seq + 1),
        node_id=ulid_of(number),
        state=state,
        state_reason=reason,
        algorithm="scrypt" if is_scrypt else "rx/0",
        coin="LTC" if is_scrypt else "XMR",
        expected_hps=expected,
        hashrate_hps=f.Rates(rate, rate, rate) if state == "mining" else f.Rates(0.0, 0.0, 0.0),
        shares=f.Shares(found=found, accepted=found - rejected, rejected=rejected),
        session=f.SessionRow(
            "litecoinpool" if is_scrypt else "supportxmr", "stratum+ssl://pool.example:443",
            "down" if kind == 51 else "ready",
        ),
        plan_version=3,
        alerts=[f.Alert("hot", "warning", "the processor is at 94 °C", 1.0)] if kind == 61 else [],
    )  # fmt: skip
    return msgspec.json.encode(made)


def make_rows(count: int) -> None:
    """Rows of the nodes, in groups and with tags, most of which verified plan 3."""
    from django.utils import timezone

    from mining.models import GroupMember, MemberState, Node, NodeAccess, NodeGroup, NodeTag, Plan

    if Node.objects.filter(ulid=ulid_of(0)).exists():
        return
    chance, now = random.Random(1), timezone.now()
    nodes = Node.objects.bulk_create(
        Node(
            ulid=ulid_of(number), name=f"node-{number:04d}", version="0.1.0", followed_version=3,
            hardware={"cpu": CPUS[number % len(CPUS)], "threads": 64},
        )
        for number in range(count)
    )  # fmt: skip
    groups = {name: NodeGroup.objects.create(name=name) for name in GROUPS if name}
    tags = [NodeTag.objects.create(name=name) for name in TAGS]
    links, members, plans, accesses = [], [], [], []
    for number, node in enumerate(nodes):
        name = GROUPS[number % len(GROUPS)]
        members += [GroupMember(node=node, group=groups[name])] if name else []
        links += [NodeTag.nodes.through(node=node, nodetag=tag) for tag in chance.sample(tags, 2)]
        state = MemberState.CLONED if number % 331 == 71 else MemberState.MEMBER
        accesses.append(NodeAccess(node=node, state=state, state_at=now, joined_at=now, password_digest="0" * 64))
        plan_state, reason = ("rolled_back", "the pool refused the login") if number % 97 == 81 else ("verified", "")
        plans.append(
            Plan(node=node, version=3, values={"OFFLINE": "on"}, state=plan_state, state_reason=reason, document=b"x")
        )
    GroupMember.objects.bulk_create(members)
    NodeTag.nodes.through.objects.bulk_create(links)
    NodeAccess.objects.bulk_create(accesses)
    Plan.objects.bulk_create(plans)


def main(home: Path, port: int, count: int) -> int:
    """Serve until SIGTERM."""
    prepare_django("127.0.0.1", port)
    make_rows(count)
    from minerconsole.web.server import WebServer

    listener = socket.create_server(("127.0.0.1", port))
    return WebServer(listener, FrameFeed(home), MadeUpFar(count)).run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
