"""Changing things in the admin: services decide, their sentences stand beside the fields, secrets are shown once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mining.admin import console as site
from mining.models import ApiToken, Event, Node, Plan, PlanState, Pool, PoolSession, Share, Wallet
from mining.services.actors import COMMAND_LINE
from mining.services.endpoints import EndpointInput
from mining.services.pools import pool_create
from mining.services.tokens import actor_of_token
from tests.django.web.conftest import FUND, OTHER, Console
from tests.support.pools import presets
from tests.support.pools.pool import TestPool

pytestmark = pytest.mark.django_db

SEED = "abandon " * 24 + "art"


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def pool_form(*endpoints: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """The posted form of a pool."""
    form = {"name": "ours", "coin": "", "profile": "auto", "difficulty": "0", **settings}
    form |= {"endpoints-TOTAL_FORMS": len(endpoints), "endpoints-INITIAL_FORMS": 0}
    for number, endpoint in enumerate(endpoints):
        row = {"priority": number + 1, "scheme": "stratum+tcp", "host": "", "port": "", "is_enabled": "on", **endpoint}
        form |= {f"endpoints-{number}-{name}": value for name, value in row.items()}
    return form


def test_a_pool_is_added_with_its_endpoints_and_the_event_names_who(
    console: Console, browsers: dict[str, Client]
) -> None:
    form = pool_form(
        {"host": "one.example", "port": "3333"},
        {"host": "two.example", "port": "443", "scheme": "stratum+ssl"},
        coin=console.pool.coin.pk,
        new_password="hunter2",
    )
    answer = browsers["operator"].post("/admin/mining/pool/add/", form)
    assert answer.status_code == 302, text_of(answer)
    pool = Pool.objects.get(name="ours")
    assert [str(row) for row in pool.endpoints.all()] == ["one.example:3333", "two.example:443"]
    assert pool.password == "hunter2"
    event = Event.objects.get(kind="pool.created", target_id=str(pool.pk))
    assert event.actor == "the-operator" and "hunter2" not in str(event.new)
    assert pool.history.get().history_user.username == "the-operator"


def test_a_stored_password_is_never_shown_and_stays_when_left_empty(
    console: Console, browsers: dict[str, Client]
) -> None:
    pool = pool_create(
        COMMAND_LINE, name="secretive", coin="XMR", password="hunter2",
        endpoints=[EndpointInput("stratum+tcp", "one.example", 1)],
    )  # fmt: skip
    address = reverse("admin:mining_pool_change", args=(pool.pk,))
    assert "hunter2" not in text_of(browsers["admin"].get(address))
    assert "hunter2" not in text_of(browsers["admin"].get(reverse("admin:mining_pool_history", args=(pool.pk,))))
    form = pool_form({"host": "one.example", "port": "1"}, coin=pool.coin.pk, name="renamed")
    form |= {"endpoints-INITIAL_FORMS": 1, "endpoints-0-id": pool.endpoints.get().pk, "endpoints-0-pool": pool.pk}
    assert browsers["admin"].post(address, form).status_code == 302
    pool.refresh_from_db()
    assert (pool.name, pool.password) == ("renamed", "hunter2")
    browsers["admin"].post(address, {**form, "without_password": "on"})
    pool.refresh_from_db()
    assert pool.password == ""


def test_a_stored_password_that_would_go_elsewhere_is_asked_for_beside_its_field(
    console: Console, browsers: dict[str, Client]
) -> None:
    pool = pool_create(
        COMMAND_LINE, name="secretive", coin="XMR", password="hunter2",
        endpoints=[EndpointInput("stratum+tcp", "one.example", 1)],
    )  # fmt: skip
    form = pool_form({"host": "two.example", "port": "1"}, coin=pool.coin.pk, name="secretive")
    form |= {"endpoints-INITIAL_FORMS": 1, "endpoints-0-id": pool.endpoints.get().pk, "endpoints-0-pool": pool.pk}
    answer = browsers["admin"].post(reverse("admin:mining_pool_change", args=(pool.pk,)), form)
    errors = answer.context["adminform"].form.errors
    assert list(errors) == ["new_password"] and "was not entered for stratum+tcp://two.example" in str(errors)


@pytest.mark.parametrize(
    ("endpoint", "more", "words"),
    [
        ({"host": "https://one.example/", "port": "1"}, {}, "host name or address alone"),
        ({"host": "one.example", "port": "1", "tls_fingerprint": "ab" * 32}, {}, "without TLS"),
        ({"host": "one.example", "port": "1", "rpc_user": "me"}, {}, "takes no RPC login"),
        ({"host": "one.example", "port": "1", "is_enabled": ""}, {}, "switched off"),
        ({"host": "one.example", "port": "0"}, {}, "port"),
        ({"host": "one.example", "port": "1"}, {"email": "nobody"}, "mail"),
        ({"host": "one.example", "port": "1"}, {"name": "TEST POOL"}, "There is a pool"),
    ],
)
def test_what_a_service_refuses_comes_back_in_the_form(
    console: Console, browsers: dict[str, Client], endpoint: dict[str, str], more: dict[str, str], words: str
) -> None:
    answer = browsers["operator"].post(
        "/admin/mining/pool/add/", pool_form(endpoint, coin=console.pool.coin.pk, **more)
    )
    assert answer.status_code == 200
    assert words.lower() in text_of(answer).lower()
    assert "one.example" in text_of(answer), "what was typed is still there"
    assert Pool.objects.count() == 1


def test_a_wallet_that_looks_like_a_seed_is_refused_beside_its_field_and_not_shown_again(
    console: Console, browsers: dict[str, Client]
) -> None:
    form = {"name": "mine", "coin": console.pool.coin.pk, "address": SEED}
    page = text_of(browsers["admin"].post("/admin/mining/wallet/add/", form))
    assert "seed" in page and "abandon abandon" not in page
    page = text_of(browsers["admin"].post("/admin/mining/wallet/add/", {**form, "name": ""}))
    assert "abandon abandon" not in page
    assert Wallet.objects.count() == 1
    assert "abandon" not in str(list(Event.objects.values()))


def test_a_wallet_that_a_plan_pays_to_is_neither_changed_nor_removed_and_the_reason_is_told(
    console: Console, browsers: dict[str, Client]
) -> None:
    wallet, browser = console.wallet, browsers["admin"]
    address = reverse("admin:mining_wallet_change", args=(wallet.pk,))
    answer = browser.post(address, {"name": "savings", "coin": wallet.coin.pk, "address": OTHER})
    assert "plan 1 of" in text_of(answer) and "cannot be changed in its address" in text_of(answer)
    answer = browser.post(reverse("admin:mining_wallet_delete", args=(wallet.pk,)), {"post": "yes"}, follow=True)
    assert "cannot be removed" in text_of(answer) and "pays to it" in text_of(answer)
    wallet.refresh_from_db()
    assert wallet.address == FUND
    assert browser.post(address, {"name": "pension", "coin": wallet.coin.pk, "address": FUND}).status_code == 302


def test_a_pool_of_the_catalogue_is_one_click_and_twice_is_a_sentence(
    console: Console, browsers: dict[str, Client]
) -> None:
    address = reverse("admin:mining_pool_from_preset")
    answer = browsers["operator"].post(address, {"preset": "XMR supportxmr"})
    assert answer.headers["Location"].endswith("/change/")
    answer = browsers["operator"].post(address, {"preset": "XMR supportxmr"})
    assert "There is a pool" in text_of(answer)


def test_the_connection_test_logs_in_at_the_pool_and_names_the_result(
    console: Console, browsers: dict[str, Client]
) -> None:
    with TestPool.start(presets.SNIPA) as running:
        pool = pool_create(
            COMMAND_LINE,
            name="running",
            coin="XMR",
            endpoints=[EndpointInput("stratum+tcp", "127.0.0.1", running.port)],
        )
        address = reverse("admin:mining_pool_test_connection", args=(pool.pk,))
        assert browsers["operator"].get(address).status_code == 200
        assert not running.logins, "looking tests nothing"
        page = text_of(browsers["operator"].post(address, {"wallet": console.wallet.pk}))
        assert "accepts 44AFFq" in page and FUND not in page
        assert len(running.logins) == 1
    page = text_of(browsers["operator"].post(address, {"wallet": console.wallet.pk}))
    assert "✕" in page and str(running.port) in page


def test_a_plan_is_made_shown_applied_and_rolled_back(console: Console, browsers: dict[str, Client]) -> None:
    browser = browsers["admin"]
    wish = {
        "node": console.node.pk, "coin": console.pool.coin.pk, "pools": console.pool.pk, "wallet": console.wallet.pk,
        "intensity": "50", "mode": "light", "huge_pages": "auto", "priority": "low", "why": "cooler",
    }  # fmt: skip
    assert browser.post("/admin/mining/plan/add/", wish).status_code == 302
    plan = Plan.objects.get(version=2)
    assert (plan.state, plan.values["INTENSITY"], plan.reason) == (PlanState.QUEUED, "50", "cooler")
    page = text_of(browser.get(reverse("admin:mining_plan_change", args=(plan.pk,))))
    assert "INTENSITY" in page and FUND not in page
    apply = reverse("admin:mining_plan_apply_to_node", args=(plan.pk,))
    page = text_of(browser.get(apply))
    assert "MODE" not in Plan.objects.get(version=1).values or "light" in page
    assert Plan.objects.get(pk=plan.pk).state == PlanState.QUEUED, "looking applies nothing"
    page = text_of(browser.post(apply, follow=True))
    assert "the miner is not running" in page
    back = reverse("admin:mining_plan_roll_back_to_this", args=(console.plan.pk,))
    browser.post(back)
    assert Plan.objects.get(version=3).values == console.plan.values


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"wallet": ""}, "Choose the wallet"),
        ({"pools": ""}, "Choose a pool"),
        ({"coin": ""}, "Choose the coin"),
        ({"cores": "4090"}, "4090"),
        ({"intensity": "101"}, "less than or equal to 100"),
        ({"mode": "turbo"}, "turbo"),
    ],
)
def test_a_plan_that_cannot_be_is_told_by_field(
    console: Console, browsers: dict[str, Client], change: dict[str, str], words: str
) -> None:
    wish = {
        "node": console.node.pk, "coin": console.pool.coin.pk, "pools": console.pool.pk, "wallet": console.wallet.pk,
        "intensity": "50", "mode": "auto", "huge_pages": "auto", "priority": "low",
    }  # fmt: skip
    answer = browsers["operator"].post("/admin/mining/plan/add/", {**wish, **change})
    assert answer.status_code == 200 and words in text_of(answer)
    assert Plan.objects.count() == 1


def test_another_payee_needs_a_fresh_login_in_the_admin_too(console: Console, browsers: dict[str, Client]) -> None:
    browser = browsers["admin"]
    browser.post("/admin/mining/wallet/add/", {"name": "new", "coin": console.pool.coin.pk, "address": OTHER})
    session = browser.session
    session["proved_at"] -= 601
    session.save()
    wish = {
        "node": console.node.pk, "coin": console.pool.coin.pk, "pools": console.pool.pk,
        "wallet": Wallet.objects.get(name="new").pk, "intensity": "50", "mode": "auto", "huge_pages": "auto",
        "priority": "low",
    }  # fmt: skip
    assert browser.post("/admin/mining/plan/add/", wish).headers["Location"].startswith("/confirm?next=")
    assert "needs the role admin" in text_of(browsers["operator"].post("/admin/mining/plan/add/", wish))
    assert Plan.objects.count() == 1


def test_a_token_is_shown_once_and_revoked_for_good(console: Console, browsers: dict[str, Client]) -> None:
    user = browsers["operator"].get("/account/password").wsgi_request.user
    form = {"name": "exporter", "user": user.pk, "role": "viewer", "expires_at_0": "", "expires_at_1": ""}
    answer = browsers["operator"].post("/admin/mining/apitoken/add/", form)
    found = re.search(r"mc_[\w-]{40}", text_of(answer))
    assert found and "no-store" in answer.headers["Cache-Control"]
    assert actor_of_token(found[0]) is not None
    row = ApiToken.objects.get(name="exporter")
    assert found[0] not in text_of(browsers["operator"].get(reverse("admin:mining_apitoken_change", args=(row.pk,))))
    revoke = reverse("admin:mining_apitoken_revoke", args=(row.pk,))
    browsers["operator"].get(revoke)
    assert actor_of_token(found[0]) is not None, "looking revokes nothing"
    browsers["operator"].post(revoke)
    assert actor_of_token(found[0]) is None


def test_a_token_stronger_than_its_maker_is_refused_beside_the_field(
    console: Console, browsers: dict[str, Client]
) -> None:
    user = browsers["viewer"].get("/account/password").wsgi_request.user
    form = {"name": "strong", "user": user.pk, "role": "admin", "expires_at_0": "", "expires_at_1": ""}
    assert "The most that this token can have is viewer" in text_of(
        browsers["viewer"].post("/admin/mining/apitoken/add/", form)
    )


def test_a_user_gets_a_role_and_the_last_admin_keeps_theirs(console: Console, browsers: dict[str, Client]) -> None:
    form = {"username": "anna", "role": "operator", "password": "correct horse battery"}
    assert browsers["admin"].post("/admin/auth/user/add/", form).status_code == 302
    assert "too short" in text_of(
        browsers["admin"].post("/admin/auth/user/add/", {**form, "username": "bert", "password": "short"})
    )


def test_orders_need_a_running_miner_and_say_so(console: Console, browsers: dict[str, Client]) -> None:
    address = reverse("admin:mining_node_pause_mining", args=(console.node.pk,))
    assert browsers["operator"].get(address).status_code == 200
    page = text_of(browsers["operator"].post(address, follow=True))
    assert "manage.sh mine" in page


def test_pins_are_shown_with_their_source_and_how_to_release_them(
    console: Console, browsers: dict[str, Client]
) -> None:
    Node.objects.update(pins={"INTENSITY": "command line (--intensity)"})
    page = text_of(browsers["viewer"].get(reverse("admin:mining_node_change", args=(console.node.pk,))))
    assert "command line (--intensity)" in page and "leave out --intensity" in page


def test_an_empty_list_says_what_to_do_next(console: Console, browsers: dict[str, Client]) -> None:
    Share.objects.all().delete()
    assert "Shares come by luck" in text_of(browsers["viewer"].get("/admin/mining/share/"))
    assert "Nothing fits these filters" in text_of(browsers["viewer"].get("/admin/mining/pool/?q=nothing-like-it"))


def _add_rows(console: Console, count: int) -> None:
    now = timezone.now()
    for number in range(count):
        pool = Pool.objects.create(name=f"pool {number}", coin=console.pool.coin)
        pool.endpoints.create(host="x.example", port=number + 1)
        Wallet.objects.create(name=f"wallet {number}", coin=console.pool.coin, address=f"address {number}")
        Plan.objects.create(
            node=console.node, version=100 + number, coin=console.pool.coin, wallet=console.wallet, document=b"x"
        )
        Node.objects.create(ulid=f"{number:026d}", name=f"node {number}")
        Share.objects.create(
            node=console.node, epoch="F", serial=number, at=now, outcome="stale", algorithm="rx/0", core=0, difficulty=1
        )
        PoolSession.objects.create(node=console.node, epoch="F", generation=number, endpoint="x", started_at=now)
        Event.objects.create(at=now, kind="x", sentence="x", actor="x", node=console.node)
        user = console.rows["user"]
        ApiToken.objects.create(name=f"t{number}", user=user, role="viewer", prefix="x", digest=f"{number}")
        type(user).objects.create(username=f"user {number}").groups.add(user.groups.get())


def test_a_list_page_asks_as_many_queries_for_thirty_rows_as_for_one(
    console: Console, browsers: dict[str, Client]
) -> None:
    def counts() -> dict[str, int]:
        found = {}
        for model in site._registry:
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            browsers["admin"].get(address)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert browsers["admin"].get(address).status_code == 200
            found[str(model._meta.model_name)] = len(queries)
        return found

    before = counts()
    _add_rows(console, 30)
    after = counts()
    assert after == before
    assert max(after.values()) <= 16, after
