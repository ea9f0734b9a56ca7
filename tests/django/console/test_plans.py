"""Plans: made, signed, refused, handed over, rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from mining.engine.control import NotRunningError
from mining.engine.followed_version import Followed, write_followed
from mining.engine.signed_plan import CONSOLE_KEY, opened, private_key_of, public_key_of
from mining.errors import MinerConsoleError
from mining.models import Event, Node, Plan, PlanState, Receipt
from mining.selectors.plans import base_plan, payee_notice, plan_current, plan_list
from mining.services import live_pins, plans
from mining.services.actors import Actor
from mining.services.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from mining.services.plan_wishes import PlanWish
from mining.services.plans import (
    console_values,
    deliver_waiting,
    give_up_unverified,
    plan_adjust,
    plan_apply,
    plan_create,
    plan_deliver,
    plan_rollback,
    plan_save,
    receipt_record,
)
from tests.django.console import plan_rows as rows

pytestmark = pytest.mark.django_db
Asked = list[tuple[str, dict[str, Any]]]
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.MINERCONSOLE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def node(home: Path) -> Node:
    return rows.node()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """A Node that takes every plan, and what it was asked."""
    found: Asked = []

    def answer(_home: Path, op: str, timeout_s: float = 5.0, **fields: Any) -> dict[str, object]:
        found.append((op, fields))
        return {"ok": True}

    monkeypatch.setattr(plans, "request", answer)
    monkeypatch.setattr(live_pins, "request", _nobody)
    yield found


def _nobody(*_: object, **__: object) -> dict[str, object]:
    raise NotRunningError("Nothing is running")


@pytest.fixture(autouse=True)
def nobody_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "request", _nobody)
    monkeypatch.setattr(live_pins, "request", _nobody)


def a_wish(**changes: Any) -> PlanWish:
    changes.setdefault("coin", rows.coin())
    if "wallet" not in changes:
        changes["wallet"] = rows.wallet()
    if "pools" not in changes:
        changes["pools"] = (rows.pool(),)
    changes.setdefault("cores", "0")
    return PlanWish(**changes)


def verified(plan: Plan) -> Plan:
    receipt_record(plan.node, version=plan.version, digest=plan.digest, state="verified", reason="", at=AT)
    plan.refresh_from_db()
    return plan


def test_a_plan_is_signed_for_its_node_and_version(node: Node, home: Path) -> None:
    plan = plan_create(rows.ADMIN, node, a_wish())
    document = opened(
        public_key_of(private_key_of(home, CONSOLE_KEY)),
        bytes(plan.document),
        bytes.fromhex(plan.signature),
        node_id=node.ulid,
        newer_than=0,
    )
    assert document.version == plan.version == 1
    assert document.values["POOL_1"] == "stratum+tcp://127.0.0.1:3333"
    assert document.values["WALLET"] == rows.XMR_ADDRESS
    assert plan.state == PlanState.QUEUED


def test_the_document_lies_encrypted_in_the_database(node: Node) -> None:
    from django.db import connection

    plan = plan_create(rows.ADMIN, node, a_wish(pools=(rows.pool(password="very secret"),)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM mining_plan WHERE id = %s", [plan.pk])
        raw = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT password FROM mining_pool")
        password = cursor.fetchone()[0]
    assert b"very secret" not in raw and b"POOL_1" not in raw
    assert "very secret" not in password
    assert Plan.objects.get(pk=plan.pk).pools.get().password == "very secret"


def test_secrets_stay_out_of_values_events_and_history(node: Node) -> None:
    plan = plan_create(rows.ADMIN, node, a_wish(pools=(rows.pool(password="very secret"),)))
    assert "very secret" not in str(plan.values)
    assert console_values(node)["POOL_1_PASSWORD"] == "very secret"
    assert all("very secret" not in str((event.old, event.new, event.sentence)) for event in Event.objects.all())
    assert "very secret" not in str(list(plan.pools.get().history.values()))


def test_pools_and_endpoints_come_in_order(node: Node) -> None:
    first, second = rows.pool("first", port=1111), rows.pool("second", port=2222, profile="snipa")
    plan = plan_create(rows.ADMIN, node, a_wish(pools=(second, first)))
    assert plan.values["POOL_1"].endswith(":2222")
    assert plan.values["POOL_1_PROFILE"] == "snipa"
    assert plan.values["POOL_2"].endswith(":1111")
    assert [row.pool.name for row in plan.planpool_set.order_by("position")] == ["second", "first"]


@pytest.mark.parametrize(
    ("change", "field", "word"),
    [
        ({"pools": ()}, "pools", "Choose a pool"),
        ({"wallet": None}, "wallet", "Choose the wallet"),
        ({"coin": None}, "coin", "Choose the coin"),
        ({"intensity": 101}, "intensity", "101"),
        ({"cores": "0,999"}, "cores", "999"),
        ({"mode": "turbo"}, "mode", "turbo"),
        ({"worker": "rig 1"}, "worker", "rig 1"),
    ],
)
def test_a_wrong_value_is_answered_at_its_field(node: Node, change: dict[str, Any], field: str, word: str) -> None:
    wish = a_wish(**change)
    with pytest.raises(InvalidError) as caught:
        plan_create(rows.ADMIN, node, wish)
    assert list(caught.value.fields) == [field]
    assert word in caught.value.fields[field][0]
    assert not Plan.objects.exists()


def test_a_wallet_of_another_coin_is_named(node: Node) -> None:
    other = rows.wallet("ltc", "LTC-address", ticker="LTC")
    with pytest.raises(InvalidError, match="LTC address, not one of XMR"):
        plan_create(rows.ADMIN, node, a_wish(wallet=other))


@pytest.mark.parametrize("actor", [rows.VIEWER, rows.STRANGER])
def test_who_may_not_operate_makes_no_plan(node: Node, actor: Actor) -> None:
    with pytest.raises(ForbiddenError):
        plan_create(actor, node, PlanWish(is_offline=True))
    assert not Plan.objects.exists()


def test_a_payee_is_changed_by_a_fresh_admin_only(node: Node) -> None:
    wish = a_wish()
    with pytest.raises(ForbiddenError, match="change who is paid"):
        plan_create(rows.OPERATOR, node, wish)
    with pytest.raises(ConflictError) as caught:
        plan_create(rows.TIRED_ADMIN, node, wish)
    assert caught.value.code == "confirm"
    assert not Plan.objects.exists()
    plan = plan_create(rows.ADMIN, node, wish)
    assert plan.is_payee_change
    notice = payee_notice(node)
    assert notice is not None and rows.XMR_ADDRESS not in str(notice.new)
    assert notice.new["address"].startswith("44AFFq")


def test_an_operator_changes_everything_else(node: Node) -> None:
    wish = a_wish()
    verified(plan_create(rows.ADMIN, node, wish))
    again = PlanWish(coin=wish.coin, wallet=wish.wallet, pools=wish.pools, cores="0", intensity=50)
    plan = plan_create(rows.OPERATOR, node, again)
    assert not plan.is_payee_change
    assert plan.values["INTENSITY"] == "50"


def test_a_day_later_the_payee_is_no_news(node: Node) -> None:
    plan_create(rows.ADMIN, node, a_wish())
    Event.objects.filter(kind="payee.changed").update(at=datetime.now(UTC) - timedelta(hours=25))
    assert payee_notice(node) is None


def test_a_plan_waits_for_a_node_that_does_not_run(node: Node, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "request", _nobody)
    plan = plan_apply(rows.ADMIN, node, a_wish())
    assert plan.state == PlanState.QUEUED
    assert "when it starts" in plan.state_reason


def test_a_waiting_plan_is_handed_over_at_the_start(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_create(rows.ADMIN, node, a_wish())
    heard: list[str] = []

    def answer(_home: Path, op: str, timeout_s: float = 5.0, **_: Any) -> dict[str, object]:
        heard.append(op)
        return {"ok": True}

    monkeypatch.setattr(plans, "request", answer)
    plan = deliver_waiting(rows.ADMIN, node)
    assert plan is not None and plan.state == PlanState.DELIVERED
    assert heard == ["apply_plan"]
    assert deliver_waiting(rows.ADMIN, node) is None


def test_a_refused_plan_has_failed_with_the_reason(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> dict[str, object]:
        raise MinerConsoleError("The plan is not signed by this Node's console", code="bad_signature")

    monkeypatch.setattr(plans, "request", refuse)
    plan = plan_apply(rows.ADMIN, node, a_wish())
    assert plan.state == PlanState.FAILED
    assert "not signed" in plan.state_reason
    assert [receipt.state for receipt in plan.receipts.all()] == ["queued", "failed"]


def test_receipts_move_a_plan_on_and_never_back(node: Node, asked: Asked) -> None:
    plan = plan_create(rows.ADMIN, node, a_wish())
    for second, state in enumerate(("applied", "delivered", "verified", "applied")):
        at = AT + timedelta(seconds=second)
        assert receipt_record(node, version=1, digest=plan.digest, state=state, reason="", at=at)
        assert receipt_record(node, version=1, digest=plan.digest, state=state, reason="", at=at)
    plan.refresh_from_db()
    node.refresh_from_db()
    assert plan.state == PlanState.VERIFIED
    assert node.followed_version == 1
    assert Receipt.objects.filter(plan=plan).count() == 5
    assert Event.objects.filter(kind="plan.verified").count() == 1


def test_a_receipt_of_another_plan_is_not_ours(node: Node) -> None:
    plan_create(rows.ADMIN, node, a_wish())
    assert not receipt_record(node, version=1, digest="0" * 64, state="verified", reason="", at=AT)
    assert not receipt_record(node, version=9, digest="0" * 64, state="verified", reason="", at=AT)


def test_a_rolled_back_plan_is_no_base_for_the_next(node: Node, asked: Asked) -> None:
    good = verified(plan_apply(rows.ADMIN, node, a_wish()))
    bad = plan_adjust(rows.OPERATOR, node, {"INTENSITY": "10"})
    receipt_record(node, version=bad.version, digest=bad.digest, state="rolled_back", reason="no hash", at=AT)
    base = base_plan(node)
    assert base is not None and base.pk == good.pk
    following = plan_adjust(rows.OPERATOR, node, {"CORES": "0"})
    assert "INTENSITY" not in following.values or following.values["INTENSITY"] == good.values["INTENSITY"]


def test_going_back_makes_a_new_plan_with_the_old_values(node: Node, asked: Asked) -> None:
    first = verified(plan_apply(rows.ADMIN, node, a_wish(pools=(rows.pool(password="pw"),))))
    verified(plan_adjust(rows.OPERATOR, node, {"INTENSITY": "10"}))
    back = plan_rollback(rows.OPERATOR, node, first.version)
    assert back.version == 3
    assert back.values == first.values
    assert [pool.name for pool in back.pools.all()] == ["near"]
    assert console_values(node)["POOL_1_PASSWORD"] == "pw"
    with pytest.raises(NotFoundError):
        plan_rollback(rows.OPERATOR, node, 99)


def test_going_back_to_another_payee_needs_an_admin(node: Node, asked: Asked) -> None:
    first = verified(plan_apply(rows.ADMIN, node, a_wish()))
    verified(
        plan_apply(rows.ADMIN, node, a_wish(wallet=rows.wallet("two", rows.OTHER_ADDRESS), pools=(rows.pool("b"),)))
    )
    with pytest.raises(ForbiddenError):
        plan_rollback(rows.OPERATOR, node, first.version)


def test_only_the_newest_queued_plan_is_delivered(node: Node) -> None:
    wish = a_wish()
    first = plan_create(rows.ADMIN, node, wish)
    plan_create(rows.ADMIN, node, wish)
    first.refresh_from_db()
    assert first.state == PlanState.SUPERSEDED
    with pytest.raises(ConflictError):
        plan_deliver(rows.ADMIN, first)


def test_a_pinned_key_is_refused_with_its_source_and_release(node: Node, asked: Asked) -> None:
    node.pins = {"INTENSITY": "mining_config.env:4", "LISTEN": "command line (--listen)"}
    node.save()
    wish = a_wish()
    plan = plan_create(rows.ADMIN, node, wish)
    assert plan.values["INTENSITY"] == "100"
    with pytest.raises(ConflictError) as caught:
        plan_adjust(rows.OPERATOR, node, {"INTENSITY": "40"})
    assert caught.value.code == "pinned"
    assert "mining_config.env:4" in caught.value.sentence
    assert "remove INTENSITY from line 4" in caught.value.sentence


def test_a_pin_on_one_key_locks_no_other(node: Node, asked: Asked) -> None:
    node.pins = {"INTENSITY": "mining_config.env:4"}
    node.save()
    verified(plan_apply(rows.ADMIN, node, a_wish()))
    assert plan_adjust(rows.OPERATOR, node, {"CORES": "0", "MODE": "light"}).state == PlanState.DELIVERED


def test_pools_and_offline_are_locked_together(node: Node, asked: Asked) -> None:
    node.pins = {"POOL_1": "command line (--pool)"}
    node.save()
    with pytest.raises(ConflictError) as caught:
        plan_create(rows.ADMIN, node, PlanWish(is_offline=True))
    assert caught.value.code == "pinned"


def test_plans_that_a_dead_node_left_have_failed(node: Node, asked: Asked) -> None:
    plan = plan_apply(rows.ADMIN, node, a_wish())
    assert give_up_unverified(node, before=plan.state_at) == 0, "handed over to the one that runs now"
    assert give_up_unverified(node, before=plan.state_at + timedelta(seconds=1)) == 1
    plan.refresh_from_db()
    assert plan.state == PlanState.FAILED and "ended" in plan.state_reason
    assert console_values(node) == {}


def test_the_list_costs_the_same_for_one_plan_and_for_many(
    node: Node, asked: Asked, django_assert_num_queries: Callable[[int], Any]
) -> None:
    wish = a_wish()
    for _ in range(8):
        plan_create(rows.ADMIN, node, wish)
    with django_assert_num_queries(3):
        assert len([(plan.coin, list(plan.pools.all()), list(plan.receipts.all())) for plan in plan_list(node)]) == 8
    assert plan_current(node) is None


def test_the_home_of_these_tests_is_their_own(home: Path) -> None:
    assert home == settings.MINERCONSOLE_HOME


def test_another_payment_id_at_the_same_address_is_another_payee(node: Node) -> None:
    plan_create(rows.ADMIN, node, a_wish())
    other = rows.wallet("exchange")
    other.pk, other.payment_id, other.name = None, "0123456789abcdef", "exchange"
    other.save()
    with pytest.raises(ForbiddenError):
        plan_create(rows.OPERATOR, node, a_wish(wallet=other))
    with pytest.raises(ConflictError) as refused:
        plan_create(rows.TIRED_ADMIN, node, a_wish(wallet=other))
    assert refused.value.code == "confirm"
    assert plan_create(rows.ADMIN, node, a_wish(wallet=other)).is_payee_change
    told = payee_notice(node)
    assert told is not None and (told.old["payment_id"], told.new["payment_id"]) == ("", "0123456789abcdef")


def test_a_plan_without_an_answer_in_time_is_not_called_failed(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(*_: object, **__: object) -> dict[str, object]:
        raise MinerConsoleError("The Supervisor did not answer within 15 s", code="no_answer")

    monkeypatch.setattr(plans, "request", too_late)
    plan = plan_apply(rows.ADMIN, node, a_wish())
    assert plan.state == PlanState.QUEUED and "did not answer" in plan.state_reason
    assert base_plan(node) == plan, "who may be paid next is judged by what the Node may follow already"
    assert verified(plan).state == PlanState.VERIFIED


def test_a_new_database_goes_on_after_the_version_that_its_node_followed(node: Node, home: Path) -> None:
    write_followed(home, Followed(7, "0" * 64, "verified"))
    assert plan_create(rows.ADMIN, node, a_wish()).version == 8
    assert plan_create(rows.ADMIN, node, a_wish(intensity=50)).version == 9


def test_a_plan_with_another_address_typed_names_no_wallet_that_is_not_paid(node: Node) -> None:
    plan_create(rows.ADMIN, node, a_wish())
    other = plan_save(rows.ADMIN, node, {"WALLET": rows.OTHER_ADDRESS})
    assert other.wallet is None and other.is_payee_change
    kept = rows.wallet("kept", rows.OTHER_ADDRESS)
    assert plan_save(rows.ADMIN, node, {"INTENSITY": "50"}).wallet == kept
