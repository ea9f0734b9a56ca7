"""What the routes answer with: pages, masked addresses, passwords that never come out, plans from end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from mining.models import BenchmarkRun, Endpoint, Event, PlanState, PoolSession, Share
from mining.services.plans import receipt_record
from tests.django.api.conftest import Console, token_client
from tests.support.console import MONERO_ADDRESSES
from tests.support.visitors import client_for, make_user

pytestmark = pytest.mark.django_db
JSON: Any = {"content_type": "application/json"}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def _at(console: Console, rest: str) -> str:
    return f"/api/v1/nodes/{console.node.ulid}{rest}"


def test_a_viewer_sees_addresses_shortened_and_an_operator_sees_them_whole(console: Console) -> None:
    for role, is_whole in (("viewer", False), ("operator", True)):
        client = token_client(role)
        answers = [client.get("/api/v1/wallets"), client.get(f"/api/v1/wallets/{console.wallet.pk}")]
        for answer in answers:
            assert (MONERO_ADDRESSES[0] in answer.content.decode()) is is_whole


def test_no_answer_holds_an_address_in_plans_and_events_or_a_password_anywhere(admin: Client, console: Console) -> None:
    admin.patch(f"/api/v1/pools/{console.pool.pk}", {"password": "other-s3cret"}, **JSON)
    for address in ("/api/v1/pools", f"/api/v1/pools/{console.pool.pk}", _at(console, "/plans"), "/api/v1/events"):
        text = admin.get(address).content.decode()
        assert "s3cret" not in text and MONERO_ADDRESSES[0] not in text, address
    assert admin.get(f"/api/v1/pools/{console.pool.pk}").json()["has_password"] is True


def test_a_pool_keeps_what_is_left_out_and_takes_endpoints_in_their_order(admin: Client, console: Console) -> None:
    address = f"/api/v1/pools/{console.pool.pk}"
    ends = [
        {"scheme": "stratum+tcp", "host": "b.example", "port": 2},
        {"scheme": "stratum+tcp", "host": "a.example", "port": 1},
    ]
    refused = admin.patch(address, {"endpoints": ends, "note": None}, **JSON)
    assert refused.status_code == 422 and "was not entered for" in refused.content.decode()
    changed = admin.patch(address, {"endpoints": ends, "note": None, "password": "s3cret"}, **JSON).json()
    assert [end["host"] for end in changed["endpoints"]] == ["b.example", "a.example"]
    assert changed["name"] == "near" and changed["has_password"]
    assert admin.patch(address, {"note": "n"}, **JSON).json()["endpoints"] == changed["endpoints"]


def test_presets_say_which_of_them_are_kept(admin: Client) -> None:
    assert not any(row["is_added"] for row in admin.get("/api/v1/pools/presets?coin=xmr").json())
    made = admin.post("/api/v1/pools/presets", {"key": "supportxmr", "coin": "XMR"}, **JSON)
    assert made.status_code == 201
    rows = {row["key"]: row["is_added"] for row in admin.get("/api/v1/pools/presets?coin=XMR").json()}
    assert rows["supportxmr"] is True and sum(rows.values()) == 1


def test_a_pool_test_names_what_came_of_it(admin: Client, console: Console) -> None:
    answer = admin.post(f"/api/v1/pools/{console.pool.pk}/test", {"wallet_id": console.wallet.pk}, **JSON)
    assert answer.json()["ok"] is False and "does not answer" in answer.json()["sentence"]


@pytest.mark.parametrize("body", [{"wallet_id": 4711}, {"wallet_id": 1, "endpoint_id": 4711}])
def test_a_pool_test_with_rows_that_are_not_there_names_the_field(
    admin: Client, console: Console, body: dict[str, int]
) -> None:
    sent = {**body, "wallet_id": console.wallet.pk if body["wallet_id"] == 1 else 4711}
    answer = admin.post(f"/api/v1/pools/{console.pool.pk}/test", sent, **JSON)
    assert answer.status_code == 422 and set(answer.json()["fields"]) <= set(body)


def test_a_switched_off_endpoint_cannot_be_tested(admin: Client, console: Console) -> None:
    Endpoint.objects.create(pool=console.pool, scheme="stratum+tcp", host="off.example", port=1, is_enabled=False)
    off = Endpoint.objects.get(host="off.example")
    body = {"wallet_id": console.wallet.pk, "endpoint_id": off.pk}
    answer = admin.post(f"/api/v1/pools/{console.pool.pk}/test", body, **JSON)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["endpoint_id"])


def test_a_plan_goes_from_the_call_to_its_receipts(admin: Client, console: Console) -> None:
    body = {
        "coin": "XMR",
        "wallet_id": console.wallet.pk,
        "pool_ids": [console.loose_pool.pk, console.pool.pk],
        "intensity": 40,
    }
    made = admin.post(_at(console, "/plans"), body, **JSON)
    plan = made.json()
    assert (made.status_code, plan["version"], plan["state"]) == (202, 2, "delivered")
    assert plan["pools"] == ["loose", "near"] and plan["values"]["INTENSITY"] == "40"
    receipt_record(
        console.node, version=2, digest=plan["digest"], state=PlanState.VERIFIED, reason="", at=console.plan.created_at
    )
    now = admin.get(plan["watch"]).json()
    assert now["state"] == "verified" and now["receipts"][-1]["state"] == "verified"
    changes = {row["key"]: (row["old"], row["new"]) for row in admin.get(plan["watch"] + "/diff").json()}
    assert changes["INTENSITY"] == ("100", "40") and "WALLET" not in changes


def test_a_plan_can_wait_and_be_handed_over_later(admin: Client, console: Console) -> None:
    made = admin.post(_at(console, "/plans"), {"is_offline": True, "is_delivered": False}, **JSON).json()
    assert made["state"] == "queued" and "apply_plan" not in console.fake.asked
    sent = admin.post(made["watch"] + "/deliver")
    assert (sent.status_code, sent.json()["state"]) == (202, "delivered")
    again = admin.post(made["watch"] + "/deliver")
    assert (again.status_code, again.json()["code"]) == (409, "stale_version")


def test_who_is_paid_changes_by_a_person_who_gave_the_password_only(console: Console) -> None:
    body = {"coin": "XMR", "wallet_id": console.loose_wallet.pk, "pool_ids": [console.pool.pk]}
    by_token = token_client("admin").post(_at(console, "/plans"), body, **JSON)
    assert (by_token.status_code, by_token.json()["code"]) == (409, "confirm")
    tired = client_for(make_user("admin", name="tired"), is_fresh=False)
    assert tired.post(_at(console, "/plans"), body, **JSON).json()["code"] == "confirm"
    operator = client_for(make_user("operator"))
    assert operator.post(_at(console, "/plans"), body, **JSON).status_code == 403
    fresh = client_for(make_user("admin", name="fresh"))
    assert fresh.post(_at(console, "/plans"), body, **JSON).json()["is_payee_change"] is True
    assert Event.objects.filter(kind="payee.changed", actor="fresh").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"wallet_id": 4711}, "wallet_id"),
        ({"wallet_id": None}, "wallet_id"),
        ({"pool_ids": [4711]}, "pool_ids"),
        ({"pool_ids": []}, "pool_ids"),
        ({"coin": None}, "coin"),
        ({"cores": "x"}, "cores"),
        ({"threads": 0}, "threads"),
    ],
)
def test_what_no_plan_can_say_is_told_at_the_field_of_the_call(
    admin: Client, console: Console, change: dict[str, Any], field: str
) -> None:
    body = {"coin": "XMR", "wallet_id": console.wallet.pk, "pool_ids": [console.pool.pk]} | change
    answer = admin.post(_at(console, "/plans"), body, **JSON)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


def test_a_pinned_key_is_refused_with_the_way_to_release_it(admin: Client, console: Console) -> None:
    console.fake.frame["pins"] = {"INTENSITY": "command line (--intensity)"}
    answer = admin.put(_at(console, "/intensity"), {"value": 40}, **JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "pinned")
    assert "leave out --intensity" in answer.json()["next_step"]
    assert admin.put(_at(console, "/cores"), {"value": "0"}, **JSON).status_code == 202


def test_a_node_that_does_not_run_is_an_answer_and_has_no_frame(admin: Client, console: Console) -> None:
    console.fake.end()
    status = admin.get(_at(console, "/status"))
    assert (status.status_code, status.json()["is_running"]) == (200, False)
    frame = admin.get(_at(console, "/frame"))
    assert (frame.status_code, frame.json()["code"]) == (409, "not_running")


def test_the_doctor_tells_its_findings(admin: Client, console: Console) -> None:
    report = admin.get(_at(console, "/doctor")).json()
    assert {finding["code"] for finding in report["findings"]} and report["machine"]["cpus"] >= 1


def test_shares_come_in_pages_that_hold_still(admin: Client, console: Console) -> None:
    Share.objects.all().delete()
    for number in range(5):
        Share.objects.create(
            node=console.node, epoch="E", serial=number, at=LONG_AGO + timedelta(seconds=number), algorithm="rx/0",
            outcome="accepted" if number % 2 else "stale", core=0, difficulty=1000.0,
        )  # fmt: skip
    first = admin.get(_at(console, "/shares?limit=2")).json()
    Share.objects.create(
        node=console.node, epoch="E", serial=9, at=LONG_AGO + timedelta(seconds=9), algorithm="rx/0", outcome="lost",
        core=0, difficulty=1000.0,
    )  # fmt: skip
    second = admin.get(_at(console, f"/shares?limit=2&cursor={first['cursor']}")).json()
    third = admin.get(_at(console, f"/shares?limit=2&cursor={second['cursor']}")).json()
    pages = [[share["id"] for share in page["shares"]] for page in (first, second, third)]
    assert [len(page) for page in pages] == [2, 2, 1] and third["cursor"] == ""
    listed = [number for page in pages for number in page]
    assert sorted(listed, reverse=True) == listed
    stale = admin.get(_at(console, "/shares?outcome=stale")).json()["shares"]
    assert {share["outcome"] for share in stale} == {"stale"} and len(stale) == 3
    counts = admin.get(_at(console, "/shares/counts?until=2026-01-01T00:00:05Z")).json()
    assert (counts["found"], counts["accepted"], counts["difficulty_accepted"]) == (5, 2, {"rx/0": 2000.0})


def _without_clock(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without how long a benchmark has run, which is another from one request to the next."""
    return [{key: value for key, value in row.items() if key != "progress"} for row in rows]


def test_lists_that_grow_for_ever_come_in_pages(admin: Client, console: Console) -> None:
    for number in range(2, 5):
        at = LONG_AGO + timedelta(hours=number % 3)
        PoolSession.objects.create(node=console.node, epoch="E", generation=number, endpoint="e", started_at=at)
        BenchmarkRun.objects.create(node=console.node, started_at=at, algorithm="rx/0", hashes=1)
        admin.post(_at(console, "/plans"), {"is_offline": True}, **JSON)
    lists = {"sessions": _at(console, "/sessions"), "benchmarks": _at(console, "/benchmarks"),
             "plans": _at(console, "/plans"), "events": "/api/v1/events"}  # fmt: skip
    for name, address in lists.items():
        whole = _without_clock(admin.get(address).json()[name])
        found, before = [], ""
        while True:
            page = admin.get(f"{address}?limit=1{before}").json()
            found += _without_clock(page[name])
            if page["before"] is None:
                break
            before = f"&before={page['before']}"
        assert found == whole and len(whole) >= 4, name


def test_events_are_found_by_kind_level_actor_and_text(admin: Client, console: Console) -> None:
    kinds = {event["kind"] for event in admin.get("/api/v1/events?kind=pool").json()["events"]}
    assert kinds == {"pool.created"}
    assert admin.get("/api/v1/events?text=loose&kind=wallet").json()["events"][0]["kind"] == "wallet.created"
    assert admin.get("/api/v1/events?level=warning").json()["events"][0]["kind"] == "payee.changed"
    assert admin.get(f"/api/v1/events?node={console.node.ulid}&actor=nobody").json()["events"] == []
    assert admin.get("/api/v1/events?before=4711").status_code == 422


def test_the_series_covers_the_time_asked_for(admin: Client, console: Console) -> None:
    query = "?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z&points=24"
    found = admin.get(_at(console, "/series") + query).json()
    assert found["tracks"] == {} and 1 <= len(found["times"]) <= 24
    assert admin.get(_at(console, "/series")).status_code == 200


def test_a_token_s_secret_is_shown_once_and_works_until_it_is_revoked(console: Console) -> None:
    person = client_for(make_user("operator"))
    made = person.post("/api/v1/tokens", {"name": "grafana", "role": "viewer"}, **JSON).json()
    assert made["secret"] not in person.get("/api/v1/tokens").content.decode()
    program = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {made['secret']}"})
    assert program.get("/api/v1/coins").status_code == 200
    assert person.delete(f"/api/v1/tokens/{made['token']['id']}").status_code == 204
    assert program.get("/api/v1/coins").status_code == 401


def test_only_administrators_see_the_tokens_of_others(admin: Client, console: Console) -> None:
    names = {row["name"] for row in admin.get("/api/v1/tokens?all=true").json()}
    assert "script" in names
    assert "script" not in {row["name"] for row in admin.get("/api/v1/tokens").json()}
    assert token_client("operator").get("/api/v1/tokens?all=true").status_code == 403
