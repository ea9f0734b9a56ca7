"""Beats of one machine, however wrong, cost nothing of the others' beats, nor of the console's regular work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.db import DataError
from django.utils import timezone

from minerconsole.celery import _task
from mining.engine.ulid import new_ulid
from mining.fleet.keys import BEATS, node_key
from mining.models import MemberState, Node, NodeAccess
from mining.services import fleet_clones
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
    note = fleet_clones._noted

    def note_or_fail(access: NodeAccess, *words: Any) -> bool:
        if access.pk == bad.pk:
            raise DataError("NUL")
        return note(access, *words)

    monkeypatch.setattr(fleet_clones, "_noted", note_or_fail)
    assert beats_look() == 0
    good.refresh_from_db()
    assert good.heard_at is not None


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
def test_when_a_machine_was_heard_is_by_the_console_s_clock_as_all_rows_are(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    """`ahead_s`: the console's clock less the broker's."""
    access, now = member("far"), timezone.now() + timedelta(seconds=ahead_s)
    NodeAccess.objects.update(joined_at=now)
    clock = time.time
    monkeypatch.setattr("mining.services.fleet_clones.time", SimpleNamespace(time=lambda: clock() + ahead_s))
    beat(client, access)
    beats_look()
    access.refresh_from_db()
    assert access.heard_at is not None and abs((access.heard_at - now).total_seconds()) < 10
    assert access.clock_offset_s is not None and abs(access.clock_offset_s) < 5  # the machine's clock is the broker's


def test_a_machine_that_joins_again_while_its_beats_are_read_is_not_told_by_the_old_ones(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = member("far")
    beat(client, access, left="1")
    read = fleet_clones._beats_of

    def read_and_join(*words: Any) -> list[Any]:
        found = read(*words)
        NodeAccess.objects.update(joined_at=timezone.now(), run="")
        return found

    monkeypatch.setattr(fleet_clones, "_beats_of", read_and_join)
    beats_look()
    access.refresh_from_db()
    assert (access.state, access.run, access.heard_at) == (MemberState.MEMBER, "", None)


def test_regular_work_that_fails_in_any_way_is_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minerconsole.celery.close_old_connections", lambda: None)

    def fail() -> None:
        raise OverflowError("too large")

    _task("beats", fail)()
    assert caplog.messages == ["beats: OverflowError: too large"]
