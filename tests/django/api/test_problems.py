"""Refusals: each is problem+json with a stable code; nothing that can be sent makes the console stumble."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from minerconsole.api.schemas.fields import MOST_ID
from mining.models import Wallet
from tests.django.api.conftest import Console, session_client
from tests.django.api.test_permissions import BODIES, address_of, routes
from tests.support.visitors import HOST, client_for, make_user

pytestmark = pytest.mark.django_db
KEYS = {"type", "title", "status", "code", "detail", "next_step", "fields", "retry_after"}


def _problem(answer: Any) -> dict[str, Any]:
    """The body of a refusal, with its form checked."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert set(body) == KEYS
    assert body["status"] == answer.status_code
    assert body["detail"] and body["code"] and body["title"]
    return body


@pytest.mark.parametrize(
    "address", ["/api/v1/nothing", "/api/v1/", "/api/v1", "/api/", "/api/v2/coins", "/api/v1/coins/"]
)
def test_an_address_that_is_none_is_a_problem(admin: Client, address: str) -> None:
    answer = admin.get(address)
    assert (answer.status_code, _problem(answer)["code"]) == (404, "not_found")


def test_a_method_that_an_address_does_not_have_is_a_problem_that_names_those_it_has(admin: Client) -> None:
    answer = admin.put("/api/v1/wallets", {}, content_type="application/json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert _problem(answer)["next_step"] == "Use GET, POST."


def test_a_stranger_is_told_how_to_log_in(console: Console) -> None:
    answer = Client(headers={"host": HOST}).get("/api/v1/coins")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in _problem(answer)["next_step"]


@pytest.mark.parametrize("secret", ["", "mc_", "mc_" + "x" * 40, "Ä", "mc_" + "\u00ff" * 40, "a b"])
def test_a_token_that_is_none_lets_nobody_in(console: Console, secret: str) -> None:
    client = Client(headers={"host": HOST, "authorization": f"Bearer {secret}"})
    assert _problem(client.get("/api/v1/coins"))["code"] == "unauthenticated"


def test_a_service_s_sentences_come_beside_their_fields(admin: Client) -> None:
    body = {"name": "", "coin": "XMR", "address": "44AFFq5kSiGBoZ"}
    answer = admin.post("/api/v1/wallets", body, content_type="application/json")
    assert answer.status_code == 422
    assert set(_problem(answer)["fields"]) == {"name", "address"}


def test_a_private_key_is_refused_and_not_told_again(admin: Client) -> None:
    key = "5" * 64
    answer = admin.post(
        "/api/v1/wallets", {"name": "x", "coin": "XMR", "address": key}, content_type="application/json"
    )
    assert _problem(answer)["code"] == "secret_refused"
    assert key not in answer.content.decode()


def test_a_misspelt_name_is_refused_instead_of_ignored(admin: Client, console: Console) -> None:
    answer = admin.patch(f"/api/v1/wallets/{console.wallet.pk}", {"nmae": "new"}, content_type="application/json")
    assert _problem(answer)["fields"] == {"nmae": ["Extra inputs are not permitted"]}


def test_what_is_in_use_stays_and_its_place_is_named(admin: Client, console: Console) -> None:
    answer = admin.delete(f"/api/v1/wallets/{console.wallet.pk}")
    assert (answer.status_code, _problem(answer)["code"]) == (409, "in_use")
    assert "plan 1" in answer.json()["detail"]
    assert Wallet.objects.filter(pk=console.wallet.pk).exists()


def test_a_name_that_is_there_already_is_told_beside_the_name(admin: Client) -> None:
    body = {"name": "near", "coin": "XMR", "endpoints": [{"host": "pool.example", "port": 443}]}
    answer = admin.post("/api/v1/pools", body, content_type="application/json")
    assert (answer.status_code, list(_problem(answer)["fields"])) == (409, ["name"])


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null", b"[]", b"NaN"])
def test_a_body_that_is_none_is_refused(admin: Client, data: bytes) -> None:
    answer = admin.post("/api/v1/wallets", data, content_type="application/json")
    assert answer.status_code in (400, 422)
    _problem(answer)


def test_a_body_that_is_too_long_is_refused(admin: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = admin.post("/api/v1/wallets", b"x" * 1001, content_type="application/json")
    assert answer.status_code in (400, 413)
    _problem(answer)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_form_is_refused_also_from_a_browser(console: Console, kind: str) -> None:
    client = client_for(make_user("admin"), enforce_csrf_checks=True)
    for name in ("wallet_add", "node_pause", "plan_make"):
        answer = client.post(address_of(console, name), b"a=1\x00", content_type=kind)
        assert answer.status_code in (400, 403), name
        _problem(answer)


STRANGE_NUMBERS = (
    "0",
    "-1",
    str(MOST_ID + 1),
    str(1 << 63),
    str(1 << 64),
    "9" * 400,
    "9" * 5000,
    "x",
    "%00",
    "\uff11",
    "1e3",
)


@pytest.mark.parametrize("number", STRANGE_NUMBERS)
def test_a_number_that_no_row_can_have_is_refused(admin: Client, console: Console, number: str) -> None:
    for name, (method, template) in routes().items():
        if "_id}" in template or "{version}" in template:
            address = re.sub(r"\{(?!ulid\})\w+\}", number, template).format(ulid=console.node.ulid)
            answer = admin.generic(method, address, json.dumps(BODIES.get(name, {})), "application/json")
            assert answer.status_code in (404, 422), f"{name}: {answer.status_code}"
            _problem(answer)


STRANGE_TEXTS = ("a\x00b", "\ud800", "a\nb", "\x7f", "\u202e", "x" * 100_000)


@pytest.mark.parametrize("text", STRANGE_TEXTS, ids=ascii)
def test_text_that_a_row_cannot_hold_is_refused_in_every_field(admin: Client, console: Console, text: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        **BODIES,
        "wallet_change": {"name": "n", "coin": "XMR", "address": "a", "payment_id": "p", "note": "n"},
        "pool_add": BODIES["pool_add"] | {"profile": "auto", "password": "p", "email": "e", "note": "n"},
        "pool_change": {"name": "n", "coin": "XMR", "profile": "auto", "password": "p", "email": "e", "note": "n"},
        "plan_make": {
            "coin": "XMR",
            "algorithm": "rx/0",
            "worker": "w",
            "cores": "0",
            "reason": "r",
            "is_offline": True,
        },
        "pool_test": {"wallet_id": console.wallet.pk, "worker": "w"},
    }
    del bodies["fleet_join"]  # who has no join token is answered before anything is read
    for name, body in bodies.items():
        for field in (field for field, value in body.items() if isinstance(value, str)):
            answer = admin.generic(
                routes()[name][0], address_of(console, name), json.dumps(body | {field: text}), "application/json"
            )
            assert answer.status_code == 422, f"{name} {field}: {answer.status_code} {answer.content.decode()[:200]}"
            assert field in _problem(answer)["fields"], name


@pytest.mark.parametrize("text", ["a%00b", "%ff%fe", "%ed%a0%80", "%0a", "%25%5f" * 40, "x" * 5000])
def test_strange_text_in_an_address_or_query_is_no_fault(admin: Client, text: str) -> None:
    queries = [f"/{path}?coin=" for path in ("wallets", "pools", "pools/presets")]
    queries += [f"/events?{name}=" for name in ("text", "kind", "node", "actor")]
    queries += ["/coins/", "/nodes/"]
    for query in queries:
        answer = admin.get(f"/api/v1{query}{text}")
        assert answer.status_code in (200, 404, 422), f"{query}: {answer.status_code}"


MOMENTS = (
    "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "1969-12-31T00:00:00Z", "x"
)  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_time_out_of_reach_or_without_a_zone_is_refused(admin: Client, console: Console, moment: str) -> None:
    for query in (
        f"/nodes/{console.node.ulid}/shares?since=",
        "/events?until=",
        f"/nodes/{console.node.ulid}/series?start=",
    ):
        answer = admin.get(f"/api/v1{query}{moment}")
        assert answer.status_code == 422, f"{query}: {answer.status_code}"


def test_a_history_of_centuries_is_refused(admin: Client, console: Console) -> None:
    answer = admin.get(f"/api/v1/nodes/{console.node.ulid}/series?start=1970-01-01T00:00:00Z")
    assert (answer.status_code, list(_problem(answer)["fields"])) == (422, ["start"])


def test_a_database_that_does_not_answer_is_told_with_the_time_to_retry(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("mining.selectors.coins.coin_list", locked)
    answer = admin.get("/api/v1/coins")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert _problem(answer)["code"] == "database"


def test_an_unforeseen_error_shows_nothing_of_the_inside(
    admin: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("mining.selectors.coins.coin_list", broken)
    answer = admin.get("/api/v1/coins")
    assert answer.status_code == 500
    assert "inside" not in json.dumps(_problem(answer)) and "Traceback" not in answer.content.decode()
    assert "inside" in caplog.text


def test_a_person_without_a_role_learns_nothing_of_what_there_is(console: Console) -> None:
    client = session_client("roleless")
    found = {client.get(f"/api/v1/pools/{number}").status_code for number in (console.pool.pk, 4711)}
    assert found == {403}
