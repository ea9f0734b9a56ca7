"""Calls as a whole: forms of other sites, other names of this computer, repeated calls, too many calls."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client, RequestFactory

from minerconsole.api import access
from minerconsole.api.throttles import CALLS, POOL_TESTS, CallsThrottle
from mining.models import Event, IdempotentCall, Plan
from mining.services.actors import Actor, Role
from tests.django.api.conftest import Console, token_client
from tests.support.visitors import client_for, make_user

pytestmark = pytest.mark.django_db
JSON: Any = {"content_type": "application/json"}


def _pause(console: Console) -> str:
    return f"/api/v1/nodes/{console.node.ulid}/pause"


def _plans(console: Console) -> str:
    return f"/api/v1/nodes/{console.node.ulid}/plans"


# --- where from ----------------------------------------------------------------------------------------------------


def test_a_session_changes_nothing_without_the_csrf_token_of_our_pages(console: Console) -> None:
    client = client_for(make_user("admin"), enforce_csrf_checks=True)
    assert client.get("/api/v1/coins").status_code == 200
    refused = client.post(_pause(console))
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert console.fake.asked == []


def test_a_session_with_the_csrf_token_may(console: Console) -> None:
    client = client_for(make_user("admin"), enforce_csrf_checks=True)
    token = str(client.get("/start").context["csrf_token"])  # in each page of ours that has a form
    answer = client.post(_pause(console), headers={"x-csrftoken": token})
    assert (answer.status_code, answer.json()) == (200, {"done": "paused"})


def test_a_token_needs_no_csrf_token(console: Console) -> None:
    assert token_client("operator").post(_pause(console)).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:8080", "null"])
def test_another_site_s_page_is_refused_with_session_and_token(console: Console, origin: str) -> None:
    for client in (client_for(make_user("admin", name="a person")), token_client("admin")):
        assert client.post(_pause(console), headers={"origin": origin}).status_code == 403
        assert client.get("/api/v1/wallets", headers={"origin": origin}).status_code == 403
    assert console.fake.asked == []


def test_another_name_of_this_computer_is_refused(admin: Client) -> None:
    assert admin.get("/api/v1/wallets", headers={"host": "rebound.example"}).status_code == 400


def test_the_login_by_session_knows_the_cookie_s_name_of_this_port(settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "minerconsole_4444"
    assert access.SessionLogin().openapi_name == "minerconsole_4444"


# --- again ---------------------------------------------------------------------------------------------------------


def test_the_same_call_under_the_same_key_is_carried_out_once(admin: Client, console: Console) -> None:
    answers = [
        admin.post(_plans(console), {"is_offline": True}, headers={"idempotency-key": "k1"}, **JSON) for _ in "12"
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert Plan.objects.count() == 2  # one was there before


def test_without_a_key_each_call_counts(admin: Client, console: Console) -> None:
    for _ in "12":
        assert admin.post(_plans(console), {"is_offline": True}, **JSON).status_code == 202
    assert Plan.objects.count() == 3


def test_another_call_under_a_used_key_is_refused(admin: Client, console: Console) -> None:
    admin.post(_pause(console), headers={"idempotency-key": "k1"})
    answer = admin.post(_plans(console), {"is_offline": True}, headers={"idempotency-key": "k1"}, **JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


def test_a_key_belongs_to_its_caller(admin: Client, console: Console) -> None:
    admin.post(_pause(console), headers={"idempotency-key": "k1"})
    other = token_client("operator")
    assert (
        other.post(_plans(console), {"is_offline": True}, headers={"idempotency-key": "k1"}, **JSON).status_code == 202
    )


def test_a_call_that_was_refused_can_be_tried_again_under_its_key(admin: Client, console: Console) -> None:
    console.fake.end()
    refused = admin.post(_pause(console), headers={"idempotency-key": "k1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_running")
    console.fake.refusal = None
    assert admin.post(_pause(console), headers={"idempotency-key": "k1"}).status_code == 200
    assert console.fake.asked == ["pause"]


def test_a_call_that_is_under_way_is_not_begun_again(admin: Client, console: Console) -> None:
    admin.post(_pause(console), headers={"idempotency-key": "k1"})
    IdempotentCall.objects.update(status=0)
    answer = admin.post(_pause(console), headers={"idempotency-key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_under_way")


@pytest.mark.parametrize("key", ["x" * 121, "a\x7fb", "\u00ad"])
def test_a_key_that_cannot_be_kept_is_refused(admin: Client, console: Console, key: str) -> None:
    answer = admin.post(_pause(console), headers={"idempotency-key": key})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["Idempotency-Key"])


def test_every_order_and_plan_call_takes_a_key(admin: Client, console: Console) -> None:
    base = f"/api/v1/nodes/{console.node.ulid}"
    calls: list[tuple[str, str, dict[str, Any]]]
    calls = [("POST", f"/{order}", {}) for order in ("start", "stop", "pause", "resume")]
    calls += [
        ("PUT", "/intensity", {"value": 40}),
        ("PUT", "/cores", {"value": "0"}),
        ("POST", "/plans/1/rollback", {}),
    ]
    calls += [("PUT", "/algorithm", {"value": "scrypt"}), ("POST", "/plans", {"is_offline": True})]
    calls += [("POST", "/benchmarks", {})]
    for number, (method, path, body) in enumerate(calls):
        send = getattr(admin, method.lower())
        for _ in "12":
            answer = send(base + path, body, headers={"idempotency-key": f"k{number}"}, **JSON)
            assert answer.status_code in (200, 202), (path, answer.json())
    assert IdempotentCall.objects.count() == len(calls)
    assert Event.objects.filter(kind__in=("node.start", "node.stop", "node.pause", "node.resume")).count() == 4


# --- too often -----------------------------------------------------------------------------------------------------


def test_a_caller_who_asks_too_often_waits_and_others_do_not(
    admin: Client, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CALLS, "calls", 3)
    assert [admin.get("/api/v1/coins").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = admin.get("/api/v1/wallets")
    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert token_client("viewer").get("/api/v1/coins").status_code == 200


def test_tests_of_pools_are_rarer(admin: Client, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(POOL_TESTS, "calls", 1)
    address, body = f"/api/v1/pools/{console.pool.pk}/test", {"wallet_id": console.wallet.pk}
    assert [admin.post(address, body, **JSON).status_code for _ in "12"] == [200, 429]
    assert admin.get("/api/v1/coins").status_code == 200


def test_a_window_slides() -> None:
    now = [0.0]
    throttle = CallsThrottle(2, 60.0, clock=lambda: now[0])
    request = RequestFactory().get("/")
    assert throttle.allow_request(request)
    now[0] = 30.0
    assert throttle.allow_request(request) and not throttle.allow_request(request)
    assert throttle.wait() == 30.0
    now[0] = 60.0
    assert throttle.allow_request(request) and not throttle.allow_request(request)


def test_many_threads_together_get_no_more_than_one() -> None:
    throttle = CallsThrottle(50)
    request = RequestFactory().get("/")
    request.auth = Actor("a", Role.VIEWER, key="user:1")  # type: ignore[attr-defined]
    allowed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: allowed.extend(throttle.allow_request(request) for _ in range(40)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(allowed), len(allowed)) == (50, 160)


def test_a_key_that_is_given_back_in_the_same_moment_is_under_way_and_no_fault(
    admin: Client, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    IdempotentCall.objects.all().delete()

    def taken(**_: object) -> IdempotentCall:
        raise IntegrityError("UNIQUE constraint failed")  # and its row is gone before it is read

    monkeypatch.setattr(IdempotentCall.objects, "create", taken)
    answer = admin.post(_pause(console), headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_under_way")
