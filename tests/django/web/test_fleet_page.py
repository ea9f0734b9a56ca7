"""The fleet page and the admin's pages of groups and rollouts: for whom they are, and what their forms do."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from minerconsole.page_modules import page_modules
from mining.models import Event, Node, NodeGroup, Rollout
from mining.services.actors import COMMAND_LINE
from mining.services.node_groups import group_create
from tests.django.web.conftest import Console
from tests.django.web.test_dashboard_page import STATIC, _ids_asked_for, _modules, _Page
from tests.support.console import make_node

pytestmark = pytest.mark.django_db
WISH = {
    "is_offline": "on", "worker": "", "cores": "", "intensity": "50", "mode": "auto", "huge_pages": "auto",
    "priority": "low", "why": "winter", "canary_percent": "10",
}  # fmt: skip


def test_it_is_for_everybody_with_a_role_and_for_nobody_else(browsers: dict[str, Client]) -> None:
    for role in ("viewer", "operator", "admin"):
        answer = browsers[role].get("/fleet")
        assert answer.status_code == 200 and f'data-role="{role}"' in answer.content.decode()
        assert ("/admin/mining/rollout/" in answer.content.decode()) is (role != "viewer")
    assert browsers["stranger"].get("/fleet")["Location"] == "/login?next=%2Ffleet"
    assert browsers["roleless"].get("/fleet").status_code == 403


def test_it_has_no_inline_script_or_style_and_every_id_its_scripts_need(browsers: dict[str, Client]) -> None:
    text = browsers["viewer"].get("/fleet").content.decode()
    page = _Page(text)
    assert page.inline == [] and len(page.ids) == len(set(page.ids))
    asked = {found for module in _modules("fleet.js") for found in _ids_asked_for(module)}
    assert len(asked) > 12 and asked <= set(page.ids)
    files = {address for address in re.findall(r'(?:src|href)="/static/([^"]+)"', text)}
    assert {"minerconsole/js/fleet.js", "minerconsole/fleet.css", *page_modules("fleet.js")} <= files
    assert sum((STATIC / file).stat().st_size for file in files) + len(text) < 200_000


def test_the_form_of_a_rollout_shows_what_would_change_and_starts_only_when_told(
    console: Console, browsers: dict[str, Client]
) -> None:
    Node.objects.filter(pk=console.node.pk).update(last_frame_at=timezone.now())
    group = NodeGroup.objects.get(name="hall")
    before = Rollout.objects.count()
    looked = browsers["operator"].post("/admin/mining/rollout/add/", {**WISH, "group": group.pk})
    text = looked.content.decode()
    assert looked.status_code == 200 and "Nothing was started" in text
    assert "tries it out" in text and "INTENSITY 100 → 50" in text and Rollout.objects.count() == before
    begun = browsers["operator"].post("/admin/mining/rollout/add/", {**WISH, "group": group.pk, "begins": "on"})
    assert begun.status_code == 302
    row = Rollout.objects.latest("pk")
    assert (row.group, row.reason, row.stage) == (group, "winter", "canary")
    page = browsers["viewer"].get(f"/admin/mining/rollout/{row.pk}/change/").content.decode()
    assert "waits for its turn" in page and "INTENSITY: 50" in page
    stopped = browsers["operator"].post(reverse("admin:mining_rollout_stop_here", args=(row.pk,)))
    assert stopped.status_code == 302
    row.refresh_from_db()
    assert row.stage == "stopped" and Event.objects.filter(kind="rollout.stopped").exists()


def test_the_form_of_a_group_puts_nodes_into_it(browsers: dict[str, Client], console: Console) -> None:
    node = make_node("far")
    made = browsers["operator"].post("/admin/mining/nodegroup/add/", {"name": "cellar", "note": "", "nodes": [node.pk]})
    assert made.status_code == 302
    group = NodeGroup.objects.get(name="cellar")
    assert [member.node for member in group.members.all()] == [node]
    address = f"/admin/mining/nodegroup/{group.pk}/change/"
    assert "far" in browsers["operator"].get(address).content.decode()
    browsers["operator"].post(address, {"name": "cellar", "note": "cold", "nodes": []})
    group.refresh_from_db()
    assert group.note == "cold" and not group.members.exists()
    again = browsers["operator"].post("/admin/mining/nodegroup/add/", {"name": "Cellar", "note": ""})
    assert again.status_code == 200 and "There is a group" in again.content.decode()
    group_create(COMMAND_LINE, name="other")
