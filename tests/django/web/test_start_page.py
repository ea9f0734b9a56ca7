"""`/start`: every wrong entry is answered beside its field, and a right one makes pool, wallet and plan."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from mining.configuration.console_plan import resolve_console_values
from mining.models import Coin, Plan, PlanState, Pool, Wallet
from mining.selectors.plans import plan_current
from mining.services import live_pins
from mining.services.coins import coins_ensure
from mining.services.nodes import node_local
from mining.services.plans import console_values, receipt_record
from mining.services.roles import roles_ensure
from tests.django.web.conftest import FUND, OTHER
from tests.support.pools import presets
from tests.support.pools.pool import TestPool
from tests.support.visitors import client_for, make_user

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = {"coin": "XMR", "place": "url", "url": "stratum+tcp://127.0.0.1:1", "address": FUND, "intensity": "100"}
SEED = "abandon " * 24 + "art"


@pytest.fixture
def browser(db: None) -> Client:
    """An admin's, on a console that knows its coins."""
    roles_ensure()
    coins_ensure()
    return client_for(make_user("admin"))


def errors_of(answer: Any) -> dict[str, str]:
    """The sentences beside each field, and on top."""
    page = answer.content.decode()
    beside = re.findall(r'id="id_(\w+)_error">(.*?)</ul>', page, re.DOTALL)
    top = re.search(r'id="summary">\s*<p>(.*?)</p>', page, re.DOTALL)
    found = {name: unescape(" ".join(re.findall(r"<li>(.*?)</li>", text, re.DOTALL))) for name, text in beside}
    return found | ({"": unescape(top[1])} if top else {})


def test_the_empty_page_asks_for_what_is_needed(browser: Client) -> None:
    page = browser.get("/start").content.decode()
    assert "Monero (XMR)" in page and "Litecoin (LTC)" in page and "SupportXMR" in page
    assert "REGTEST" not in page
    labels, fields = set(re.findall(r'<label for="(\w+)"', page)), set(re.findall(r' id="(id_\w+)"', page))
    assert {field for field in fields if not re.search(r"helptext|_error|id_place$", field)} == labels


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"coin": ""}, "coin", "required"),
        ({"coin": "BTC"}, "coin", "not one of the available choices"),
        ({"place": "preset"}, "preset", "Choose a pool"),
        ({"place": "preset", "preset": "XMR nonsense"}, "preset", "not one of the available choices"),
        ({"place": "preset", "preset": "XMR supportxmr", "coin": "LTC"}, "preset", "for XMR, not for LTC"),
        ({"url": ""}, "url", "Enter the pool's address"),
        ({"url": "pool.example:3333"}, "url", "no scheme"),
        ({"url": "stratum+udp://pool.example:3333"}, "url", "scheme that is not known"),
        ({"url": "stratum+tcp://pool.example"}, "url", "port"),
        ({"url": "stratum+tcp://pool.example:99999"}, "url", "port"),
        ({"url": f"stratum+tcp://{FUND}@pool.example:3333"}, "url", "user name"),
        ({"url": "daemon+http://127.0.0.1:18081"}, "url", "Own node"),
        ({"tls_fingerprint": "ab" * 32}, "tls_fingerprint", "without TLS"),
        ({"url": "stratum+ssl://pool.example:443", "tls_fingerprint": "xyz"}, "tls_fingerprint", "64 hexadecimal"),
        ({"place": "node"}, "node_url", "Enter the address of your node"),
        ({"place": "node", "node_url": "stratum+tcp://pool.example:1"}, "node_url", "belongs to the choice"),
        ({"place": "node", "node_url": "127.0.0.1"}, "node_url", "port"),
        ({"address": ""}, "address", "Enter the address"),
        ({"address": "hello"}, "address", "hello"),
        ({"address": FUND[:-1] + "B"}, "address", "checksum"),
        ({"address": SEED}, "address", "seed"),
        ({"address": "0" * 64}, "address", "key"),
        ({"coin": "LTC"}, "address", "not a Litecoin one"),
        ({"wallet": "999"}, "wallet", "Select a valid choice"),
        ({"threads": "0"}, "threads", "greater than or equal to 1"),
        ({"threads": "2", "cores": "0"}, "threads", "either how many"),
        ({"cores": "zero"}, "cores", "zero"),
        ({"cores": "4090"}, "cores", "4090"),
        ({"intensity": "101"}, "intensity", "less than or equal to 100"),
        ({"intensity": ""}, "intensity", "required"),
        ({"worker": "a\nb"}, "worker", ""),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_answered_beside_its_field_and_makes_no_row(
    browser: Client, change: dict[str, str], field: str, words: str
) -> None:
    answer = browser.post("/start", {**GOOD, **change})
    assert answer.status_code == 422, answer.headers.get("Location")
    errors = errors_of(answer)
    assert set(errors) - {""} == {field}, errors
    assert words in errors[field]
    assert (Pool.objects.count(), Wallet.objects.count(), Plan.objects.count()) == (0, 0, 0)


def test_all_mistakes_are_told_at_once(browser: Client) -> None:
    wrong = {"url": "stratum+udp://x:1", "address": FUND[:-1] + "B"}
    assert {"url", "address"} <= set(errors_of(browser.post("/start", {**GOOD, **wrong})))


def test_what_was_typed_comes_back_but_a_secret_does_not(browser: Client) -> None:
    page = browser.post("/start", {**GOOD, "url": "stratum+udp://pool.example:1"}).content.decode()
    assert "stratum+udp://pool.example:1" in page and FUND in page
    page = browser.post("/start", {**GOOD, "address": SEED}).content.decode()
    assert "abandon abandon" not in page


def test_a_right_entry_makes_pool_wallet_and_plan_and_waits_for_a_miner(browser: Client) -> None:
    answer = browser.post("/start", GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/start/plan/1")
    pool, wallet, plan = Pool.objects.get(), Wallet.objects.get(), Plan.objects.get()
    assert (pool.name, wallet.address, plan.state) == ("127.0.0.1:1", FUND, PlanState.QUEUED)
    page = browser.get("/start/plan/1").content.decode()
    assert "the miner is not running" in page.lower() and "manage.sh mine" in page
    assert FUND not in page, "the address is shortened where it is only shown"


def test_a_second_time_the_same_rows_are_used(browser: Client) -> None:
    browser.post("/start", GOOD)
    browser.post("/start", {**GOOD, "intensity": "50"})
    assert (Pool.objects.count(), Wallet.objects.count(), Plan.objects.count()) == (1, 1, 2)
    browser.post("/start", {**GOOD, "address": "", "wallet": str(Wallet.objects.get().pk)})
    assert (Wallet.objects.count(), Plan.objects.count()) == (1, 3)


def test_a_preset_and_an_own_node_and_offline_are_one_choice_each(browser: Client) -> None:
    assert browser.post("/start", {**GOOD, "place": "preset", "preset": "XMR hashvault"}).status_code == 302
    assert browser.post("/start", {**GOOD, "place": "node", "node_url": "127.0.0.1:18081"}).status_code == 302
    assert browser.post("/start", {"coin": "XMR", "place": "offline", "intensity": "100"}).status_code == 302
    places = [plan.values.get("POOL_1", plan.values.get("OFFLINE")) for plan in Plan.objects.order_by("version")]
    assert places == ["stratum+ssl://pool.hashvault.pro:3333", "daemon+http://127.0.0.1:18081", "on"]


def test_litecoin_is_set_up_at_an_own_node_whose_password_stays_out_of_what_is_shown(browser: Client) -> None:
    entry = {"coin": "LTC", "place": "node", "address": "LT2KVaAy1ppRuxRgrS5RNU3vBsy7RibPeA", "intensity": "100"}
    assert browser.post("/start", {**entry, "node_url": "rpc:very-secret@127.0.0.1:9332"}).status_code == 302
    plan, endpoint = Plan.objects.get(), Pool.objects.get().endpoints.get()
    assert (plan.values["COIN"], plan.values["POOL_1"]) == ("LTC", "daemon+http://127.0.0.1:9332")
    assert (endpoint.rpc_user, endpoint.rpc_password) == ("rpc", "very-secret")
    assert "very-secret" not in browser.get("/start/plan/1").content.decode()
    told = console_values(plan.node)
    assert told["POOL_1"] == "daemon+http://rpc:very-secret@127.0.0.1:9332"
    assert resolve_console_values(told, machine=None).kind == "daemon"


def test_another_payee_asks_for_the_password_and_brings_back_what_was_typed(browser: Client) -> None:
    browser.post("/start", GOOD)
    session = browser.session
    session["proved_at"] -= 601
    session.save()
    answer = browser.post("/start", {**GOOD, "address": OTHER, "intensity": "40"})
    assert answer.headers["Location"] == "/confirm?next=%2Fstart"
    assert not Wallet.objects.filter(address=OTHER).exists()
    page = browser.get("/start").content.decode()
    assert OTHER in page and 'value="40"' in page


def test_a_viewer_and_an_operator_are_told_what_they_may_not(browser: Client) -> None:
    for role, words in (("viewer", "needs the role operator"), ("operator", "needs the role admin")):
        errors = errors_of(client_for(make_user(role)).post("/start", GOOD))
        assert words in errors[""]
    assert (Pool.objects.count(), Wallet.objects.count(), Plan.objects.count()) == (0, 0, 0)


def test_the_receipt_follows_the_plan_to_verified_hashing_or_says_why_not(browser: Client, settings: Any) -> None:
    browser.post("/start", GOOD)
    node, plan = node_local(settings.MINERCONSOLE_HOME), Plan.objects.get()
    seen = []
    for state in ("delivered", "applied", "verified"):
        receipt_record(node, version=1, digest=plan.digest, state=state, reason="", at=plan.created_at)
        news = browser.get("/start/plan/1.json").json()
        seen.append((news["state"], [step["is"] for step in news["steps"]], news["is_over"]))
    assert seen == [
        ("delivered", ["done", "done", "now", "later"], False),
        ("applied", ["done", "done", "done", "now"], False),
        ("verified", ["done", "done", "done", "done"], True),
    ]
    assert plan_current(node) == plan
    browser.post("/start", {**GOOD, "intensity": "10"})
    second = Plan.objects.get(version=2)
    for state in ("delivered", "rolled_back"):
        receipt_record(node, version=2, digest=second.digest, state=state, reason="login refused", at=second.created_at)
    news = browser.get("/start/plan/2.json").json()
    assert news["is_over"] and not news["is_good"] and "login refused" in news["sentence"]
    assert [step["is"] for step in news["steps"]] == ["done", "done", "failed", "later"]


def test_the_login_is_tested_at_a_real_pool_and_its_rows_stay_only_if_it_works(browser: Client) -> None:
    with TestPool.start(presets.SNIPA) as pool:
        answer = browser.post("/start", {**GOOD, "url": pool.url, "action": "test"})
        page = unescape(answer.content.decode())
        assert answer.status_code == 200 and "✓ The login works." in page
        assert len(pool.logins) == 1 and not pool.shares
    assert (Pool.objects.count(), Wallet.objects.count(), Plan.objects.count()) == (1, 1, 0)
    answer = browser.post("/start", {**GOOD, "url": "stratum+tcp://127.0.0.1:1", "address": OTHER, "action": "test"})
    assert "✕ The login does not work." in answer.content.decode()
    assert (Pool.objects.count(), Wallet.objects.count()) == (1, 1)


def test_without_coins_switched_on_the_form_still_answers(browser: Client) -> None:
    Coin.objects.update(is_enabled=False)
    assert browser.get("/start").status_code == 200
    assert browser.post("/start", GOOD).status_code == 422


def test_a_slow_miner_is_asked_before_the_database_is_held(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def asked(*_: object, **__: object) -> dict[str, object]:
        held.append(connection.in_atomic_block)
        return {}

    monkeypatch.setattr(live_pins, "request", asked)
    assert browser.post("/start", GOOD).status_code == 302
    assert held and not any(held)


def test_the_login_of_an_own_node_does_not_lie_in_a_session(browser: Client) -> None:
    session = browser.session
    session.pop("proved_at")
    session.save()
    own = {**GOOD, "place": "node", "node_url": "daemon+http://rpc:very-secret@127.0.0.1:18081"}
    assert browser.post("/start", own).headers["Location"] == "/confirm?next=%2Fstart"
    kept = browser.session["start_form"]
    assert kept["node_url"] == "daemon+http://127.0.0.1:18081" and "very-secret" not in str(dict(browser.session))
