"""Invitations to the fleet in the admin: a token is shown once, open ones are seen, and are taken back for good."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mining.engine.signed_plan import CONSOLE_KEY, private_key_of, public_key_of
from mining.fleet.enrolment import fingerprint
from mining.models import Event, JoinToken
from mining.services.errors import ConflictError
from mining.services.fleet_tokens import join_token_check
from tests.django.web.conftest import Console

pytestmark = pytest.mark.django_db
LIST = "/admin/mining/jointoken/"


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def admin(console: Console, browsers: dict[str, Client], settings: Any) -> Client:
    """At a console with a broker, which nothing here asks."""
    settings.MINERCONSOLE_BROKER = "redis://console:secret@127.0.0.1:1/0"
    return browsers["admin"]


def _invite(admin: Client, **form: str) -> tuple[JoinToken, str, str]:
    """Row, token and the page that shows it."""
    answer = admin.post(f"{LIST}add/", {"name": "cellar-7", "minutes": "15", **form})
    text = text_of(answer)
    found = re.search(r"mcj_[\w-]{40}", text)
    assert found and "no-store" in answer.headers["Cache-Control"], text
    return JoinToken.objects.get(name="cellar-7"), found[0], text


def test_what_is_typed_on_the_machine_is_shown_once_and_the_token_is_good(admin: Client, settings: Any) -> None:
    row, token, text = _invite(admin)
    key = fingerprint(public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY)))
    assert f"node join http://127.0.0.1:3333 --token {token} --fingerprint {key}" in text
    assert join_token_check(token) == row and row.created_by is not None
    assert abs(row.expires_at - timezone.now() - timedelta(minutes=15)) < timedelta(minutes=1)
    for address in (LIST, reverse("admin:mining_jointoken_change", args=(row.pk,))):
        page = text_of(admin.get(address))
        assert row.prefix in page and "… open" in page and token not in page
    assert Event.objects.filter(kind="fleet.invited").count() == 1


def test_one_that_is_taken_back_lets_nobody_join_and_looking_takes_nothing_back(admin: Client) -> None:
    row, token, _ = _invite(admin)
    address = reverse("admin:mining_jointoken_take_back", args=(row.pk,))
    assert "Nobody can join" in text_of(admin.get(address))
    assert join_token_check(token) == row
    assert admin.post(address).headers["Location"] == LIST
    with pytest.raises(ConflictError) as refused:
        join_token_check(token)
    assert refused.value.code == "token_expired" and "✕ taken back" in text_of(admin.get(LIST))


def test_one_that_was_used_is_not_taken_back_and_says_so(admin: Client, console: Console) -> None:
    row, _, _ = _invite(admin)
    JoinToken.objects.filter(pk=row.pk).update(used_at=timezone.now(), node=console.node)
    admin.post(reverse("admin:mining_jointoken_take_back", args=(row.pk,)))
    page = text_of(admin.get(LIST))
    assert "was used by" in page and "✓ used" in page
    row.refresh_from_db()
    assert row.revoked_at is None


def test_open_ones_are_told_from_the_others(admin: Client, console: Console) -> None:
    row, _, _ = _invite(admin)
    old = console.rows["jointoken"]
    is_open, is_over = (text_of(admin.get(f"{LIST}?state={state}")) for state in ("open", "over"))
    assert row.prefix in is_open and old.prefix not in is_open
    assert old.prefix in is_over and row.prefix not in is_over and "✕ too old" in is_over


@pytest.mark.parametrize("minutes", ["0", "1441", "soon"])
def test_a_time_that_is_too_short_or_too_long_is_refused_beside_the_field(admin: Client, minutes: str) -> None:
    answer = admin.post(f"{LIST}add/", {"name": "cellar-7", "minutes": minutes})
    assert answer.status_code == 200 and not JoinToken.objects.filter(name="cellar-7").exists()


def test_a_console_without_a_broker_says_what_is_missing(admin: Client, settings: Any) -> None:
    settings.MINERCONSOLE_BROKER = ""
    assert "has no broker" in text_of(admin.post(f"{LIST}add/", {"name": "x", "minutes": "15"}))
    assert not JoinToken.objects.filter(name="x").exists()
