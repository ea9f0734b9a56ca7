"""Alerts with rows: told once each by event and by Apprise, ends too, in one message."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from mining.models import Event, FleetAlert, Node, NodeAccess
from mining.secret_files import replace_secret
from mining.services.fleet_alerts import KEPT, URLS, alerts_retire, fleet_watch
from tests.django.fleet_console.conftest import FarFleet

pytestmark = pytest.mark.django_db


def silence(*nodes: Node, seconds: float = 200.0) -> None:
    at = timezone.now() - timedelta(seconds=seconds)
    Node.objects.filter(pk__in=[node.pk for node in nodes]).update(last_frame_at=at)


def pass_time(seconds: float = 61.0) -> None:
    for row in FleetAlert.objects.all():
        FleetAlert.objects.filter(pk=row.pk).update(began_at=row.began_at - timedelta(seconds=seconds))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, fleet: FarFleet, settings: Any) -> list[str]:
    """What Apprise was given; the addresses are in the home."""
    found: list[str] = []

    class Apprise:
        def add(self, url: str) -> bool:
            return url.startswith("json://")

        def notify(self, *, title: str, body: str) -> bool:
            found.append(body)
            return True

    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Apprise))
    replace_secret(settings.MINERCONSOLE_HOME, URLS, "json://127.0.0.1/hook\n")
    return found


def test_a_node_that_falls_silent_is_told_once_and_its_return_once(fleet: FarFleet, sent: list[str]) -> None:
    node, _other = fleet.join("cellar"), fleet.join("hall")
    assert fleet_watch() == 0
    silence(node)
    assert fleet_watch() == 0 and sent == []
    pass_time()
    assert fleet_watch() == 1 and sent == ["cellar is not heard any more"]
    assert [fleet_watch() for _ in range(3)] == [0, 0, 0]
    Node.objects.filter(pk=node.pk).update(last_frame_at=timezone.now())
    assert fleet_watch() == 1 and sent[1:] == ["over: cellar is not heard any more"]
    assert fleet_watch() == 0 and len(sent) == 2
    kinds = Event.objects.filter(kind="alert.offline").order_by("pk").values_list("level", flat=True)
    assert list(kinds) == ["error", "info"]


def test_when_nobody_is_heard_one_sentence_is_told(fleet: FarFleet, sent: list[str]) -> None:
    silence(*(fleet.join(f"node {number}") for number in range(30)))
    fleet_watch()
    pass_time()
    fleet_watch()
    assert sent == ["No machine of the fleet is heard: look at the broker and the network"]


def test_many_troubles_are_one_message(fleet: FarFleet, sent: list[str]) -> None:
    fleet.join("there")
    silence(*(fleet.join(f"node {number}") for number in range(30)))
    fleet_watch()
    pass_time()
    assert fleet_watch() == 30
    assert len(sent) == 1 and sent[0].endswith("… and 10 more")


def test_a_clone_is_told_at_the_next_look_and_who_left_or_was_never_heard_is_not(
    fleet: FarFleet, sent: list[str]
) -> None:
    clone, left, _never = fleet.join("clone"), fleet.join("left"), fleet.join("never", is_present=False)
    silence(left)
    NodeAccess.objects.filter(node=left).update(state="left")
    NodeAccess.objects.filter(node=clone).update(state="cloned")
    fleet_watch()
    pass_time()
    fleet_watch()
    assert sent == ["Two machines use the identity of clone at once"]


def test_without_addresses_or_apprise_the_event_is_there(
    fleet: FarFleet, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.join("there")
    silence(fleet.join("cellar"))
    fleet_watch()
    pass_time()
    replace_secret(settings.MINERCONSOLE_HOME, URLS, "mailto://user:secret@example.org")
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert fleet_watch() == 1
    assert "pip install apprise" in caplog.text and "secret" not in caplog.text.replace("secrets/", "")
    assert Event.objects.filter(kind="alert.offline").count() == 1


def test_alerts_of_long_ago_are_removed(fleet: FarFleet) -> None:
    now = timezone.now()
    for ended in (now - KEPT - timedelta(days=1), now, None):
        FleetAlert.objects.create(code="offline", sentence="x", began_at=now, ended_at=ended)
    assert alerts_retire() == 1 and FleetAlert.objects.count() == 2
