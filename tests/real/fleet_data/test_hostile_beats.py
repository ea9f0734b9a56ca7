"""Beats of one machine, however wrong, cost nothing of the others' beats, nor of the console's regular work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import DataError
from django.utils import timezone

from minerconsole.celery import _task
from mining.engine.ulid import new_ulid
from mining.fleet.keys import BEATS, node_key
from mining.models import MemberState, Node, NodeAccess
from mining.services.fleet_clones import beats_look
from tests.support.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def client(broker: RedisServer, settings: Any) -> Iterator[redis.Redis]:
    settings.MINERCONSOLE_BROKER = broker.url
    with contextlib.closing(broker.client()) as made:
        yield made


def member(name: str) -> NodeAccess:
    node = Node.objects.create(ulid=new_ulid(), name=name)
    joined = timezone.now() - timedelta(minutes=1)
    return NodeAccess.objects.create(node=node, state=MemberState.MEMBER, state_at=joined, joined_at=joined)


def beat(client: redis.Redis, access: NodeAccess, entry_id: str = "*", **fields: str) -> None:
    told: Any = {"r": "R1", "m": "m", "h": "h", "n": f"{time.time():.3f}", **fields}
    client.xadd(node_key(access.node.ulid, BEATS), told, id=entry_id)


@pytest.mark.parametrize(
    ("entry_id", "clock"),
    [("*", "nan"), ("*", "inf"), ("*", "-1e999"), ("9999999999999999-1", "1"), ("18446744073709551615-1", "1")],
)
def test_a_bad_beat_costs_the_others_nothing(client: redis.Redis, entry_id: str, clock: str) -> None:
    bad, good = member("bad"), member("good")
    beat(client, bad, entry_id, n=clock)
    beat(client, good)
    assert beats_look() == 0
    for access in (bad, good):
        access.refresh_from_db()
    assert good.heard_at is not None and good.clock_offset_s is not None and abs(good.clock_offset_s) < 30
    assert bad.clock_offset_s is None and (bad.heard_at is None) == (entry_id != "*")
    beat(client, bad)  # dated by the broker again
    beats_look()
    bad.refresh_from_db()
    assert bad.heard_at is not None and bad.heard_at <= timezone.now() + timedelta(seconds=5)


def test_a_beat_that_cannot_be_noted_costs_the_others_nothing(client: redis.Redis, monkeypatch: Any) -> None:
    bad, good = member("bad"), member("good")
    beat(client, bad)
    beat(client, good)
    save = NodeAccess.save

    def save_or_fail(self: NodeAccess, **options: Any) -> None:
        if self.pk == bad.pk:
            raise DataError("NUL")
        save(self, **options)

    monkeypatch.setattr(NodeAccess, "save", save_or_fail)
    assert beats_look() == 0
    good.refresh_from_db()
    assert good.heard_at is not None


def test_regular_work_that_fails_in_any_way_is_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minerconsole.celery.close_old_connections", lambda: None)

    def fail() -> None:
        raise OverflowError("too large")

    _task("beats", fail)()
    assert caplog.messages == ["beats: OverflowError: too large"]
