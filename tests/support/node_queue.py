"""The queue of a node, as whoever reads it holds it: what was taken and never finished can be left so, and made old."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from kombu.connection import Connection

from mining.fleet.keys import node_prefix, node_queue
from mining.fleet.node_app import broker_settings, queue_of
from mining.fleet.node_transport import NAME
from tests.support.redis_server import RedisServer


class NodeQueue:
    """`url`: whose rights are used; else the console's."""

    def __init__(self, redis: RedisServer, ulid: str, url: str = "") -> None:
        self.redis, self.ulid, self.prefix = redis, ulid, node_prefix(ulid)
        settings = broker_settings(url or redis.url, prefix=self.prefix)
        options = settings["broker_transport_options"]
        self._connection = Connection(url or redis.url, transport=NAME, transport_options=options)
        self.channel: Any = self._connection.channel()
        self._queue = queue_of(ulid)(self.channel)
        self._queue.declare()

    def take(self) -> Any:
        """Take the next task out, as a worker does that begins with it; None when there is none."""
        return self._queue.get()

    def die(self) -> None:
        """Be gone without a word, with what was taken."""
        self.channel.qos.restore_at_shutdown = False
        self._connection.release()

    def restore(self) -> None:
        """What a worker does each ten seconds."""
        self.channel.qos.restore_visible(num=10, interval=1)

    @property
    def waiting(self) -> int:
        """How many wait to be taken."""
        return self._ask("LLEN", self.prefix + node_queue(self.ulid))

    @property
    def taken(self) -> int:
        """How many were taken and are not finished."""
        return self._ask("HLEN", f"{self.prefix}unacked")

    def age(self, seconds: float) -> None:
        """Let so much time pass for those that were taken."""
        key = f"{self.prefix}unacked_index"
        with contextlib.closing(self.redis.client()) as client:
            tags: Any = client.zrange(key, 0, -1)
            for tag in tags:
                client.zadd(key, {tag: time.time() - seconds})

    def _ask(self, *words: str) -> int:
        with contextlib.closing(self.redis.client()) as client:
            return int(client.execute_command(*words))  # type: ignore[no-untyped-call]
