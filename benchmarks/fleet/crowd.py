"""A process that plays some of the Nodes: `python -m benchmarks.fleet.crowd`, with the order on standard input.

It says on standard output how many shares its Nodes found, when its input closes. It can be stopped with SIGSTOP.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

import msgspec

from benchmarks.fleet.node import SimulatedNode
from mining.fleet.connection import connect_async
from mining.fleet.keys import FRAMES, JOURNAL, node_key
from mining.fleet.wire import MOST_FRAMES

_TURNS = 20  # in which a second is cut, so that Nodes do not speak in chorus


class Order(msgspec.Struct):
    """Which Nodes to play. `leave_every_s`: one of all of them leaves each so many seconds, for `away_s`; 0: none."""

    url: str
    ulids: list[str]
    seed: int
    share_every_s: float = 10.0
    leave_every_s: float = 5.0
    away_s: float = 15.0


class Crowd:
    """All Nodes of one process, on one connection."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._chance = random.Random(order.seed)
        nodes = [SimulatedNode(each, self._chance, share_every_s=order.share_every_s) for each in order.ulids]
        self._nodes = nodes
        self._client: Any = connect_async(order.url)
        self._is_over = asyncio.Event()
        self._leave_at = time.time() + order.leave_every_s

    async def run(self) -> None:
        """Play until standard input closes, then say the counts."""
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin.fileno(), self._end)
        turn, due = 0, loop.time()
        while not self._is_over.is_set():
            await self._play(self._nodes[turn::_TURNS])
            turn = (turn + 1) % _TURNS
            due = max(due + 1 / _TURNS, loop.time() - 1.0)
            await asyncio.sleep(max(0.0, due - loop.time()))
        await self._client.aclose()
        print(msgspec.json.encode({node.ulid: node.counts for node in self._nodes}).decode(), flush=True)

    def _end(self) -> None:
        if not sys.stdin.read(1):
            self._is_over.set()
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    async def _play(self, nodes: list[SimulatedNode]) -> None:
        async with self._client.pipeline(transaction=False) as sending:
            for node in nodes:
                frame, shipment = node.step(time.time())
                if frame is not None:
                    sending.xadd(node_key(node.ulid, FRAMES), frame, maxlen=MOST_FRAMES, approximate=True)
                if shipment is not None:
                    sending.xadd(node_key(node.ulid, JOURNAL), shipment)
            if self._order.leave_every_s and time.time() >= self._leave_at and nodes:
                self._leave_at = time.time() + self._order.leave_every_s
                node = self._chance.choice(nodes)
                bye = node.leave(time.time() + self._order.away_s)
                sending.xadd(node_key(node.ulid, FRAMES), bye, maxlen=MOST_FRAMES, approximate=True)
            await sending.execute()


def main() -> None:
    """Entry of the process."""
    order = msgspec.json.decode(sys.stdin.readline(), type=Order)
    asyncio.run(Crowd(order).run())


if __name__ == "__main__":
    main()
