"""Pools: only what can be connected to and said in a login; secrets at rest; kept while plans need them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from mining.models import Endpoint, Event, Plan, PlanPool, PlanState, Pool
from mining.selectors.pools import pool_get, pool_list
from mining.services.actors import COMMAND_LINE, Role
from mining.services.errors import ConflictError, InvalidError, NotFoundError
from mining.services.pools import (
    EndpointInput,
    pool_create,
    pool_delete,
    pool_from_preset,
    pool_update,
    presets_for,
)
from mining.stratum.presets import PRESETS
from tests.support.console import make_actor, make_node, make_pool

pytestmark = pytest.mark.django_db
TLS, TCP, DAEMON = "stratum+ssl", "stratum+tcp", "daemon+http"
FINGERPRINT = "AB:" * 31 + "AB"


def _plan(pool: Pool, *, version: int, state: PlanState = PlanState.QUEUED, node: Any = None) -> Plan:
    plan = Plan.objects.create(
        node=node or make_node("rig"), version=version, document=b"{}", digest="", signature="", state=state
    )
    PlanPool.objects.create(plan=plan, pool=pool, position=1)
    return plan


def _refused(**values: Any) -> dict[str, list[str]]:
    wanted: dict[str, Any] = {"name": "p", "coin": "XMR", "endpoints": [EndpointInput(TLS, "pool.example", 443)]}
    with pytest.raises(InvalidError) as refused:
        pool_create(COMMAND_LINE, **wanted | values)
    assert not Pool.objects.exists()
    return refused.value.fields


def test_a_pool_is_kept_with_its_endpoints_in_order_and_its_secrets_encrypted() -> None:
    pool = pool_create(
        COMMAND_LINE, name="mine", coin="XMR", profile="snipa", password="hunter2", difficulty=5000, email="a@b.org",
        endpoints=[
            EndpointInput(TCP, "Backup.Example.", 3333, priority=9),
            EndpointInput(TLS, "pool.example", 443, tls_fingerprint=FINGERPRINT, priority=2),
            EndpointInput(TLS, "[2001:db8::1]", 443, priority=3, is_enabled=False),
        ],
    )  # fmt: skip
    rows = list(pool_get("MINE").endpoints.all())
    assert [(row.priority, row.label) for row in rows] == [
        (1, "pool.example:443"), (2, "[2001:db8::1]:443"), (3, "backup.example:3333"),
    ]  # fmt: skip
    assert rows[0].tls_fingerprint == "ab" * 32
    assert pool_get("mine").password == "hunter2"
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM mining_pool WHERE id = %s", [pool.pk])
        assert "hunter2" not in cursor.fetchone()[0]


def test_passwords_show_in_no_event_history_or_repr() -> None:
    pool = make_pool("mine", password="hunter2")
    pool_update(COMMAND_LINE, pool, password="hunter3", note="new")
    node = make_pool("node", endpoints=[EndpointInput(DAEMON, "127.0.0.1", 18081, rpc_user="u", rpc_password="geheim")])
    pool_update(COMMAND_LINE, node, endpoints=[EndpointInput(DAEMON, "127.0.0.1", 18081, "", 1, "u", "geheim2")])
    created, changed = Event.objects.filter(target_id=str(pool.pk)).order_by("pk")
    assert created.new["password"] == "set"
    assert (changed.old, changed.new) == ({"password": "set", "note": ""}, {"password": "changed", "note": "new"})
    assert Event.objects.get(kind="pool.changed", target_id=str(node.pk)).new == {"rpc_passwords": "changed"}
    shown = f"{list(Event.objects.values())}{list(Pool.history.values())}{list(Endpoint.history.values())}"
    assert "hunter" not in shown and "geheim" not in shown
    assert "geheim" not in repr(EndpointInput(DAEMON, "127.0.0.1", 18081, rpc_password="geheim"))


@pytest.mark.parametrize(
    ("endpoint", "field", "why"),
    [
        (EndpointInput("stratum", "pool.example", 443), "scheme", "Choose one of"),
        (EndpointInput(TLS, "pool.example", 0), "port", "1 to 65535"),
        (EndpointInput(TLS, "pool.example", 65536), "port", "1 to 65535"),
        (EndpointInput(TLS, "", 443), "host", "no valid host name"),
        (EndpointInput(TLS, "po ol", 443), "host", "no valid host name"),
        (EndpointInput(TLS, "stratum+ssl://pool.example:443", 443), "host", "alone"),
        (EndpointInput(TLS, "user:geheim@pool.example", 443), "host", "alone"),
        (EndpointInput(TLS, "::zz", 443), "host", "IPv6"),
        (EndpointInput(TLS, "pool.example", 443, tls_fingerprint="abc"), "tls_fingerprint", "64 hexadecimal"),
        (EndpointInput(TCP, "pool.example", 443, tls_fingerprint=FINGERPRINT), "tls_fingerprint", "without TLS"),
        (EndpointInput(TLS, "pool.example", 443, rpc_user="u"), "rpc_user", "own nodes"),
    ],
)
def test_a_wrong_endpoint_is_answered_beside_its_field(endpoint: EndpointInput, field: str, why: str) -> None:
    fields = _refused(endpoints=[endpoint])
    assert list(fields) == [f"endpoints.0.{field}"]
    assert why in fields[f"endpoints.0.{field}"][0] and "geheim" not in str(fields)


@pytest.mark.parametrize(
    ("endpoints", "field", "why"),
    [
        ([], "endpoints", "at least one"),
        ([EndpointInput(TLS, "pool.example", 443, is_enabled=False)], "endpoints", "switched off"),
        ([EndpointInput(TLS, "a.example", n) for n in range(1, 11)], "endpoints", "at most 9"),
        ([EndpointInput(TLS, "a.example", 1), EndpointInput(DAEMON, "127.0.0.1", 2)], "endpoints", "mixed"),
        ([EndpointInput(TLS, "a.example", 1), EndpointInput(TLS, "A.example", 1)], "endpoints.1.host", "twice"),
    ],
    ids=["none", "all off", "too many", "mixed", "twins"],
)
def test_endpoints_that_do_not_go_together_are_refused(endpoints: list[EndpointInput], field: str, why: str) -> None:
    assert why in _refused(endpoints=endpoints)[field][0]


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"profile": "nanopol"}, "profile", "not known"),
        ({"profile": "nanopool", "difficulty": 5000}, "difficulty", "cannot be said in the login of Nanopool"),
        ({"difficulty": 5000}, "difficulty", "cannot be said"),
        ({"profile": "xmrig_proxy", "difficulty": 5}, "difficulty", "100 to"),
        ({"profile": "snipa", "difficulty": 2**53}, "difficulty", "whole number"),
        ({"profile": "p2pool", "is_solo": True}, "is_solo", "own node already"),
        ({"profile": "nanopool", "email": "nobody"}, "email", "e-mail"),
        ({"profile": "p2pool", "email": "a@b.org"}, "email", "cannot be said"),
        ({"profile": "jtgrassie", "difficulty": 5, "password": "a,geheim"}, "password", "begins the next part"),
        ({"password": "geheim\n"}, "password", "printable"),
        ({"coin": "LTC", "profile": "snipa"}, "profile", "LTC is mined with scrypt"),
        ({"name": "  "}, "name", "Enter a name"),
        ({"coin": "DOGE", "endpoints": [EndpointInput(DAEMON, "127.0.0.1", 22555)]}, "endpoints", "cannot mine DOGE"),
        ({"endpoints": [EndpointInput(DAEMON, "127.0.0.1", 1)], "difficulty": 5}, "difficulty", "own node"),
    ],
)
def test_what_a_pool_cannot_be_asked_for_is_answered_beside_its_field(
    values: dict[str, Any], field: str, why: str
) -> None:
    fields = _refused(**values)
    assert why in fields[field][0], fields
    assert "geheim" not in str(fields)


def test_an_email_fits_where_the_worker_of_the_plan_will_stand_before_it() -> None:
    assert make_pool(profile="nanopool", email="a@b.org").email == "a@b.org"


def test_changed_endpoints_keep_their_row_and_their_password() -> None:
    pool = make_pool(endpoints=[
        EndpointInput(DAEMON, "127.0.0.1", 18081, rpc_user="u", rpc_password="geheim"),
        EndpointInput(DAEMON, "127.0.0.1", 18089),
    ])  # fmt: skip
    kept = pool.endpoints.get(port=18081)
    pool_update(COMMAND_LINE, pool, endpoints=[
        EndpointInput(DAEMON, "127.0.0.2", 18081), EndpointInput(DAEMON, "127.0.0.1", 18081, rpc_user="v"),
    ])  # fmt: skip
    rows = {row.host: row for row in pool_get(pool.name).endpoints.all()}
    assert set(rows) == {"127.0.0.1", "127.0.0.2"}
    assert (rows["127.0.0.1"].pk, rows["127.0.0.1"].rpc_password) == (kept.pk, "geheim")
    assert (rows["127.0.0.1"].priority, rows["127.0.0.1"].rpc_user) == (2, "v")
    pool_update(COMMAND_LINE, pool, endpoints=[EndpointInput(DAEMON, "127.0.0.1", 18081, rpc_password="")])
    assert pool.endpoints.get(port=18081).rpc_password == ""


@pytest.mark.parametrize(
    "place", [EndpointInput(TLS, "elsewhere.example", 443), EndpointInput(TCP, "pool.example", 3333)]
)
def test_a_stored_password_goes_only_where_it_was_entered_for(place: EndpointInput) -> None:
    pool = make_pool(password="geheim", endpoints=[EndpointInput(TLS, "pool.example", 443)])
    with pytest.raises(InvalidError, match="was not entered for") as refused:
        pool_update(COMMAND_LINE, pool, endpoints=[place])
    assert set(refused.value.fields) == {"password"} and "geheim" not in str(refused.value)
    pool_update(COMMAND_LINE, pool, endpoints=[EndpointInput(TLS, "pool.example", 9000)])
    pool_update(COMMAND_LINE, pool, endpoints=[place], password="geheim")
    pool_update(COMMAND_LINE, pool, endpoints=[EndpointInput(TLS, "third.example", 443)], password="")


def test_a_change_is_judged_together_with_what_stays() -> None:
    pool = make_pool(profile="snipa", difficulty=5000)
    with pytest.raises(InvalidError, match="cannot be said in the login of Nanopool"):
        pool_update(COMMAND_LINE, pool, profile="nanopool")
    assert pool_get(pool.name).profile == "snipa"


def test_a_change_to_what_it_is_already_writes_nothing() -> None:
    pool = make_pool("mine", password="p")
    counts = Event.objects.count(), Pool.history.count(), Endpoint.history.count()
    pool_update(COMMAND_LINE, pool, name="mine", password="p")
    assert (Event.objects.count(), Pool.history.count(), Endpoint.history.count()) == counts


def test_a_name_twice_is_a_duplicate() -> None:
    make_pool("mine")
    with pytest.raises(ConflictError) as refused:
        make_pool("Mine")
    assert refused.value.code == "duplicate" and "name" in refused.value.fields


def test_a_pool_of_the_latest_plan_or_of_one_that_was_followed_stays() -> None:
    node = make_node("rig")
    latest, followed, never = make_pool("latest"), make_pool("followed"), make_pool("never")
    _plan(followed, version=1, node=node, state=PlanState.SUPERSEDED).receipts.create(
        state=PlanState.APPLIED, at="2026-01-01T00:00:00Z"
    )
    _plan(never, version=2, node=node, state=PlanState.FAILED)
    _plan(latest, version=3, node=node)
    for pool, version in ((latest, 3), (followed, 1)):
        with pytest.raises(ConflictError, match=f"plan {version} of rig") as refused:
            pool_delete(COMMAND_LINE, pool)
        assert refused.value.code == "in_use"
        with pytest.raises(ConflictError, match="another coin"):
            pool_update(COMMAND_LINE, pool, coin="LTC")
    pool_delete(COMMAND_LINE, never)
    assert set(pool_list().values_list("name", flat=True)) == {"latest", "followed"}
    assert Plan.objects.count() == 3


def test_every_preset_makes_a_pool_that_is_right() -> None:
    for coin in ("XMR", "LTC", "DOGE"):
        for row in presets_for(coin):
            pool = pool_from_preset(COMMAND_LINE, row.key, coin=coin)
            first = pool.endpoints.first()
            assert first is not None and f"{first.scheme}://{first.host}:{first.port}" == row.url
            assert first.is_enabled and not any(each.is_enabled for each in pool.endpoints.all()[1:])
            pool.delete()
    assert len(presets_for("XMR")) == sum(preset.coin == "XMR" for preset in PRESETS.values())


def test_a_preset_comes_with_tls_unless_its_certificate_has_to_be_pinned() -> None:
    assert pool_from_preset(COMMAND_LINE, "hashvault", coin="XMR").endpoints.all()[0].scheme == TLS
    assert pool_from_preset(COMMAND_LINE, "moneroocean", coin="XMR").endpoints.all()[0].scheme == TCP
    assert {row.key: row.is_added for row in presets_for("XMR")}["hashvault"]
    assert not {row.key: row.is_added for row in presets_for("XMR")}["nanopool"]
    with pytest.raises(NotFoundError, match="no pool 'nanopool' for LTC"):
        pool_from_preset(COMMAND_LINE, "nanopool", coin="LTC")


def test_listing_pools_takes_two_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        make_pool()
        with django_assert_num_queries(2):
            assert all(len(pool.endpoints.all()) == 1 for pool in pool_list(coin="xmr"))


def test_the_history_says_who_changed_a_pool() -> None:
    actor = make_actor(Role.OPERATOR)
    pool = make_pool()
    pool_update(actor, pool, note="x", endpoints=[EndpointInput(TLS, "pool.example", 443)])
    assert pool.history.first().history_user_id == actor.user_id
    assert set(Endpoint.history.values_list("history_type", "history_user_id")) == {
        ("+", None), ("+", actor.user_id), ("-", actor.user_id),
    }  # fmt: skip
