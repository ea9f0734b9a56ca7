"""The control page: for whom it is, what its form begins with, and the look at a plan before it is made."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from minerconsole.page_modules import page_modules
from mining.models import Plan
from mining.selectors.present_wish import present_wish
from mining.services.actors import COMMAND_LINE
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_create
from tests.django.web.conftest import Console
from tests.django.web.test_dashboard_page import STATIC, _ids_asked_for, _modules, _Page

pytestmark = pytest.mark.django_db
_FIELDSET = re.compile(r'<fieldset id="(\w+)-fields" (disabled)?>')


def _page(browser: Client) -> str:
    answer = browser.get("/control")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def _current(page: str) -> Any:
    found = re.search(r'data-current="([^"]*)"', page)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_a_viewer_sees_every_field_and_can_use_none(browsers: dict[str, Client]) -> None:
    for role, is_closed in (("viewer", True), ("operator", False), ("admin", False)):
        page = _page(browsers[role])
        fieldsets = _FIELDSET.findall(page)
        assert {name for name, _ in fieldsets} == {"place", "intensity", "more", "cores"}
        assert {closed == "disabled" for _, closed in fieldsets} == {is_closed}
        assert ("You can look, not act" in page) is is_closed
    assert browsers["stranger"].get("/control").status_code == 302
    assert browsers["roleless"].get("/control").status_code == 403


def test_the_form_begins_with_the_present_plan(console: Console, browsers: dict[str, Client]) -> None:
    current = _current(_page(browsers["viewer"]))
    assert (current["kind"], current["coin"], current["algorithm"]) == ("pool", "XMR", "rx/0")
    assert (current["wallet_id"], current["pool_ids"]) == (console.wallet.pk, [console.pool.pk])
    assert (current["intensity"], current["cores"], current["threads"], current["mode"]) == (100, "", None, "auto")
    assert console.wallet.address not in _page(browsers["viewer"])


def test_the_form_of_an_offline_plan_has_its_algorithm_cores_and_intensity(console: Console) -> None:
    wish = PlanWish(is_offline=True, algorithm="scrypt", cores="0", intensity=7, priority="idle")
    plan_create(COMMAND_LINE, console.node, wish)
    found = present_wish(console.node)
    assert found is not None
    assert (found["kind"], found["algorithm"], found["cores"]) == ("offline", "scrypt", "0")
    assert (found["intensity"], found["priority"], found["pool_ids"]) == (7, "idle", [])


def test_without_a_plan_the_form_begins_with_what_the_miner_says(console: Console, browsers: dict[str, Client]) -> None:
    Plan.objects.all().delete()
    assert _current(_page(browsers["operator"])) is None


def test_every_id_that_the_scripts_need_is_in_the_page_and_none_twice(browsers: dict[str, Client]) -> None:
    page = _Page(_page(browsers["operator"]))
    asked = {name for module in _modules("control.js") for name in _ids_asked_for(module)}
    assert len(asked) > 40, "the scripts are read as they are written"
    assert asked <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert page.inline == []


def test_every_module_of_the_page_is_there_and_named_in_its_head(browsers: dict[str, Client]) -> None:
    page = _page(browsers["viewer"])
    modules = page_modules("control.js")
    assert "minerconsole/js/control/wish.js" in modules and "minerconsole/js/stream.js" in modules
    for name in modules:
        assert (STATIC / name).is_file()
        assert f'<link rel="modulepreload" href="/static/{name}">' in page


def test_a_plan_can_be_looked_at_before_it_is_made(console: Console, browsers: dict[str, Client]) -> None:
    address = f"/api/v1/nodes/{console.node.ulid}/plans/preview"
    body = {"is_offline": True, "algorithm": "scrypt", "intensity": 50}
    answer = browsers["operator"].post(address, body, content_type="application/json")
    assert answer.status_code == 200
    changes = {change["key"]: change for change in answer.json()["changes"]}
    assert changes["INTENSITY"]["new"] == "50" and "at once" in changes["INTENSITY"]["cost"]
    assert changes["ALGORITHM"]["new"] == "scrypt" and "made anew" in changes["ALGORITHM"]["cost"]
    assert console.wallet.address not in answer.content.decode()
    assert answer.json()["is_payee_change"] is False, "nobody is paid any more: that is told, but needs no password"
    assert Plan.objects.count() == 1, "nothing is made"


def test_a_look_tells_that_somebody_else_would_be_paid(console: Console, browsers: dict[str, Client]) -> None:
    plan_create(COMMAND_LINE, console.node, PlanWish(is_offline=True))
    body = {"coin": "XMR", "wallet_id": console.wallet.pk, "pool_ids": [console.pool.pk]}
    address = f"/api/v1/nodes/{console.node.ulid}/plans/preview"
    answer = browsers["operator"].post(address, body, content_type="application/json")
    assert answer.json()["is_payee_change"] is True
    refused = browsers["viewer"].post(address, body, content_type="application/json")
    assert refused.status_code == 403


def test_what_a_pin_holds_cannot_even_be_looked_at_otherwise(console: Console, browsers: dict[str, Client]) -> None:
    console.node.pins = {"INTENSITY": "command line (--intensity)"}
    console.node.save()
    address = f"/api/v1/nodes/{console.node.ulid}/plans/preview"
    answer = browsers["operator"].post(address, {"is_offline": True, "intensity": 5}, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["code"] == "pinned" and "leave out --intensity" in answer.json()["next_step"]
