"""A task that a worker took and never finished is given again by a node's own rights at a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mining.engine.ulid import new_ulid
from mining.fleet.node_app import VISIBILITY_S
from mining.fleet.sender import send_task
from tests.support.node_queue import NodeQueue
from tests.support.redis_server import RedisServer


@pytest.fixture
def queue(redis: RedisServer) -> Iterator[NodeQueue]:
    """Read by the node's own user, which asks for nothing that it may not."""
    ulid = new_ulid()
    made = NodeQueue(redis, ulid, redis.add_node(ulid, "secret"))
    yield made
    made.die()
    assert [each for each in redis.refused() if ulid in each["username"]] == []


def _send(queue: NodeQueue) -> None:
    send_task(queue.redis.url, queue.ulid, "pause", b"document", b"signature")


def test_a_task_that_nobody_finished_comes_again_after_its_time_and_not_before(queue: NodeQueue) -> None:
    _send(queue)
    assert queue.take() is not None and (queue.waiting, queue.taken) == (0, 1)
    queue.age(VISIBILITY_S - 5)
    queue.restore()
    assert queue.waiting == 0
    queue.age(VISIBILITY_S + 1)
    queue.restore()
    queue.restore()
    assert (queue.waiting, queue.taken) == (1, 0)
    again = queue.take()
    assert again is not None and again.delivery_info["redelivered"]
    again.ack()
    queue.restore()
    assert (queue.waiting, queue.taken) == (0, 0) and queue.take() is None


def test_many_come_again_in_few_turns(queue: NodeQueue) -> None:
    for _ in range(25):
        _send(queue)
    while queue.take() is not None:
        pass
    queue.age(VISIBILITY_S + 1)
    for _ in range(3):
        queue.restore()
    assert (queue.waiting, queue.taken) == (25, 0)
