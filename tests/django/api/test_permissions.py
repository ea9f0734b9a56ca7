"""Who may call what: every route of the API, for every role, by session and by token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from minerconsole.api.app import api
from minerconsole.api.schemas.fleet import JoinIn
from tests.django.api.conftest import ROLES, Console, session_client, token_client
from tests.support.console import LITECOIN_ADDRESS

pytestmark = pytest.mark.django_db
Statuses = dict[str, int]


def _from(viewer: int, operator: int, admin: int) -> Statuses:
    return {"stranger": 401, "roleless": 403, "viewer": viewer, "operator": operator, "admin": admin}


_READ = _from(200, 200, 200)
_OPERATE = _from(403, 200, 200)
_PLAN = _from(403, 202, 202)
TABLE: dict[str, Statuses] = {
    "health": _READ,
    "coin_list": _READ,
    "coin_get": _READ,
    "coin_change": _from(403, 403, 200),
    "wallet_list": _READ,
    "wallet_add": _from(403, 403, 201),
    "wallet_get": _READ,
    "wallet_change": _from(403, 403, 200),
    "wallet_remove": _from(403, 403, 204),
    "pool_list": _READ,
    "pool_add": _from(403, 201, 201),
    "preset_list": _READ,
    "preset_add": _from(403, 201, 201),
    "pool_get": _READ,
    "pool_change": _OPERATE,
    "pool_remove": _from(403, 204, 204),
    "pool_test": _OPERATE,
    "node_list": _READ,
    "node_get": _READ,
    "node_change": _OPERATE,
    "node_status": _READ,
    "node_frame": _READ,
    "fleet_totals": _READ,
    "fleet_now": _READ,
    "fleet_drift": _READ,
    "group_list": _READ,
    "group_add": _from(403, 201, 201),
    "group_get": _READ,
    "group_change": _OPERATE,
    "group_nodes": _OPERATE,
    "group_remove": _from(403, 204, 204),
    "node_tags": _OPERATE,
    "rollout_list": _READ,
    "rollout_add": _PLAN,
    "rollout_look": _OPERATE,
    "rollout_get": _READ,
    "rollout_stop": _OPERATE,
    "invitation_list": _from(403, 403, 200),
    "invitation_add": _from(403, 403, 409),  # this console has no broker
    "invitation_end": _from(403, 403, 404),
    "invitation_show": dict.fromkeys(ROLES, 401),  # only with a join token
    "fleet_join": dict.fromkeys(ROLES, 401),
    "fleet_members": _READ,
    "member_remove": _from(403, 403, 409),  # this computer never joined
    "node_doctor": _READ,
    "node_start": _OPERATE,
    "node_stop": _OPERATE,
    "node_pause": _OPERATE,
    "node_resume": _OPERATE,
    "node_intensity": _PLAN,
    "node_cores": _PLAN,
    "node_algorithm": _PLAN,
    "plan_list": _READ,
    "plan_make": _PLAN,
    "plan_look": _OPERATE,
    "plan_get": _READ,
    "plan_diff": _READ,
    "plan_back": _PLAN,
    "plan_send": _PLAN,
    "share_list": _READ,
    "share_counts": _READ,
    "session_list": _READ,
    "node_series": _READ,
    "benchmark_list": _READ,
    "benchmark_start": _PLAN,
    "benchmark_get": _READ,
    "benchmark_cancel": _from(403, 409, 409),  # it is over
    "node_log": _READ,
    "event_list": _READ,
    "token_list": _READ,
    "token_add": _from(201, 201, 201),
    # The token is another user's: to others than administrators there is none.
    "token_end": _from(404, 404, 204),
}
# What a program may less than the person whose token it has: make or revoke other tokens.
BY_TOKEN: dict[str, Statuses] = TABLE | {"token_add": _from(403, 403, 201)}
BODIES: dict[str, Any] = {
    "coin_change": {"is_enabled": False},
    "wallet_add": {"name": "new", "coin": "LTC", "address": LITECOIN_ADDRESS},
    "wallet_change": {"note": "changed"},
    "pool_add": {"name": "new", "coin": "XMR", "endpoints": [{"host": "pool.example", "port": 443}]},
    "preset_add": {"key": "supportxmr", "coin": "XMR"},
    "pool_change": {"note": "changed"},
    "node_change": {"name": "cellar"},
    "node_intensity": {"value": 50},
    "node_cores": {"value": "0"},
    "node_algorithm": {"value": "scrypt"},
    "plan_make": {"is_offline": True},
    "plan_look": {"is_offline": True},
    "plan_back": {"reason": "back"},
    "benchmark_start": {"algorithm": "scrypt", "hashes": 1000},
    "token_add": {"name": "mine"},
    "group_add": {"name": "cellar"},
    "group_change": {"note": "changed"},
    "group_nodes": {"nodes": []},
    "node_tags": {"tags": ["epyc"]},
    "rollout_stop": {},
    "invitation_add": {"name": "cellar-7"},
    "fleet_join": JoinIn.EXAMPLE,
}


def routes() -> dict[str, tuple[str, str]]:
    """Method and address of each operation by its id, from the routers themselves."""
    return {
        operation.view_func.__name__: (operation.methods[0], f"/api/v1{bound.prefix}{path}")
        for bound in api._get_bound_routers()
        for path, view in bound.path_operations.items()
        for operation in view.operations
    }


def address_of(console: Console, name: str) -> str:
    """The address of an operation, for the rows that there are. What removes gets what no plan uses."""
    is_removal = name.endswith("_remove")
    return routes()[name][1].format(
        ulid=console.node.ulid,
        ticker="XMR",
        version=console.plan.version,
        pool_id=(console.loose_pool if is_removal else console.pool).pk,
        wallet_id=(console.loose_wallet if is_removal else console.wallet).pk,
        benchmark_id=console.benchmark.pk,
        token_id=console.token.pk,
        group_id=(console.loose_group if is_removal else console.group).pk,
        rollout_id=console.rollout.pk,
    )


def call(client: Client, console: Console, name: str) -> Any:
    """Carry out an operation with a body that is fine."""
    named = {"pool_test": {"wallet_id": console.wallet.pk}}
    named |= {key: {"group_id": console.group.pk, "is_offline": True} for key in ("rollout_add", "rollout_look")}
    body = BODIES.get(name, named.get(name))
    query = "?coin=XMR" if name == "preset_list" else ""
    method = getattr(client, routes()[name][0].lower())
    if body is None:
        return method(address_of(console, name) + query)
    return method(address_of(console, name), body, content_type="application/json")


def test_the_table_names_every_route() -> None:
    assert set(TABLE) == set(routes())


@pytest.mark.parametrize(("client_of", "table"), [(session_client, TABLE), (token_client, BY_TOKEN)])
def test_each_role_is_answered_as_the_table_says(
    console: Console, client_of: Callable[[str], Client], table: dict[str, Statuses]
) -> None:
    clients = {role: client_of(role) for role in ROLES}
    found = {name: {role: _status(client, console, name) for role, client in clients.items()} for name in table}
    assert found == table


def _status(client: Client, console: Console, name: str) -> int:
    """Ask, and put the rows back as they were."""
    with transaction.atomic():
        status: int = call(client, console, name).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("address", ["/api/v1/openapi.json", "/livez"])
def test_what_holds_nothing_of_anybody_is_open(db: None, address: str) -> None:
    assert session_client("stranger").get(address).status_code == 200
