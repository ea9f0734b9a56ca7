"""Who may do what: the exact table of every service for an owner, a teammate, a reader and a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission

from mining.models import Coin, Endpoint, Event, Node, Pool, Wallet
from mining.services.actors import COMMAND_LINE, SYSTEM, Actor, Role, actor_of_user, require, role_named, role_of_user
from mining.services.coins import coin_update
from mining.services.errors import ConflictError, ForbiddenError, InvalidError
from mining.services.nodes import node_rename
from mining.services.pools import EndpointInput, pool_create, pool_delete, pool_from_preset, pool_update
from mining.services.roles import roles_ensure, user_create, user_role_set
from mining.services.tokens import token_create, token_revoke
from mining.services.wallets import wallet_create, wallet_delete, wallet_update
from tests.support.console import MONERO_ADDRESSES, PASSWORD, make_node, make_pool, make_user, make_wallet

pytestmark = pytest.mark.django_db
ENDPOINTS = [EndpointInput("stratum+ssl", "pool.example", 443)]


def _a_token(actor: Actor) -> Any:
    row, _ = token_create(COMMAND_LINE, user=make_user(Role.VIEWER), name="t", role="viewer")
    return token_revoke(actor, row)


CALLS: dict[str, tuple[Role, Callable[[Actor], Any]]] = {
    "pool_create": (Role.OPERATOR, lambda actor: pool_create(actor, name="p", coin="XMR", endpoints=ENDPOINTS)),
    "pool_update": (Role.OPERATOR, lambda actor: pool_update(actor, make_pool(), note="n")),
    "pool_delete": (Role.OPERATOR, lambda actor: pool_delete(actor, make_pool())),
    "pool_from_preset": (Role.OPERATOR, lambda actor: pool_from_preset(actor, "hashvault", coin="XMR")),
    "node_rename": (Role.OPERATOR, lambda actor: node_rename(actor, make_node(), name="rig")),
    "wallet_create": (
        Role.ADMIN, lambda actor: wallet_create(actor, name="w", coin="XMR", address=MONERO_ADDRESSES[0])
    ),
    "wallet_update": (Role.ADMIN, lambda actor: wallet_update(actor, make_wallet(), note="n")),
    "wallet_delete": (Role.ADMIN, lambda actor: wallet_delete(actor, make_wallet())),
    "coin_update": (Role.ADMIN, lambda actor: coin_update(actor, "XMR", is_enabled=False)),
    "token_create for another": (
        Role.ADMIN, lambda actor: token_create(actor, user=make_user(Role.VIEWER), name="t", role="viewer")
    ),
    "token_revoke of another": (Role.ADMIN, _a_token),
    "user_create": (
        Role.ADMIN, lambda actor: user_create(actor, username="u", password=PASSWORD, role=Role.VIEWER)
    ),
    "user_role_set": (Role.ADMIN, lambda actor: user_role_set(actor, make_user(Role.VIEWER), Role.OPERATOR)),
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", CALLS)
def test_each_service_serves_its_role_and_above_and_nobody_else(name: str, role: Role) -> None:
    least, call = CALLS[name]
    actor = actor_of_user(make_user(role), is_fresh=True)
    assert actor.role is role
    if role >= least:
        call(actor)
        return
    with pytest.raises(ForbiddenError, match=f"needs the role {least.word}") as refused:
        call(actor)
    assert (refused.value.status, refused.value.code) == (403, "forbidden")
    assert not Event.objects.filter(user_id=actor.user_id or 0).exists()


def test_the_table_names_every_service_that_takes_an_actor() -> None:
    import inspect

    from mining.services import coins, nodes, pools, roles, tokens, wallets

    found = {
        name
        for module in (coins, nodes, pools, roles, tokens, wallets)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), "") == "actor"
    }  # fmt: skip
    assert found == {name.split()[0] for name in CALLS}


def test_a_refused_call_writes_no_row() -> None:
    before = [model.objects.count() for model in (Pool, Endpoint, Wallet, Coin, Node)]
    actor = actor_of_user(make_user(Role.VIEWER))
    for name in ("pool_create", "pool_from_preset", "wallet_create"):
        with pytest.raises(ForbiddenError):
            CALLS[name][1](actor)
    assert [model.objects.count() for model in (Pool, Endpoint, Wallet, Coin, Node)] == before


def test_nobody_is_who_is_anonymous_inactive_or_in_no_group() -> None:
    assert actor_of_user(AnonymousUser()).role is Role.NOBODY
    assert actor_of_user(make_user(Role.ADMIN, is_active=False)).role is Role.NOBODY
    assert actor_of_user(make_user(Role.NOBODY)).role is Role.NOBODY
    assert actor_of_user(make_user(Role.NOBODY, is_superuser=True)).role is Role.ADMIN
    with pytest.raises(ForbiddenError, match="no role here"):
        require(actor_of_user(AnonymousUser()), Role.VIEWER, "read")


def test_the_highest_of_several_groups_counts() -> None:
    user = make_user(Role.VIEWER)
    user.groups.add(Group.objects.get(name="operator"))
    assert actor_of_user(user).role is Role.OPERATOR


def test_only_the_command_line_is_fresh_by_itself() -> None:
    assert (COMMAND_LINE.role, COMMAND_LINE.is_fresh) == (Role.ADMIN, True)
    assert not SYSTEM.is_fresh and not actor_of_user(make_user()).is_fresh


@pytest.mark.parametrize("word", ["", "root", "ADMIN", "nobody"])
def test_a_role_that_is_none_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(InvalidError, match="viewer, operator, admin"):
        role_named(word)


def _may(role: Role) -> set[str]:
    return {permission.partition(".")[2] for permission in make_user(role).get_group_permissions()}


def test_the_groups_carry_the_permissions_of_their_role() -> None:
    viewer, operator, admin = _may(Role.VIEWER), _may(Role.OPERATOR), _may(Role.ADMIN)
    assert viewer < operator < admin
    assert {"view_pool", "view_wallet", "view_plan", "view_share", "view_event", "view_historicalpool"} <= viewer
    assert all(name.startswith("view_") for name in viewer)
    assert not {"view_apitoken", "view_loginlink", "view_idempotentcall"} & operator
    assert {"change_pool", "add_endpoint", "delete_pool", "add_plan"} <= operator
    assert not {"change_wallet", "add_wallet", "change_coin", "change_user", "delete_event"} & operator
    assert {"change_wallet", "change_coin", "change_user", "delete_apitoken", "view_apitoken"} <= admin
    assert not {"change_event", "delete_share", "delete_historicalwallet", "add_receipt"} & admin


def test_making_the_groups_again_changes_nothing_and_takes_back_what_was_added() -> None:
    group = Group.objects.get(name="viewer")
    before = set(group.permissions.values_list("pk", flat=True))
    group.permissions.add(Permission.objects.get(codename="change_wallet"))
    roles_ensure()
    assert set(group.permissions.values_list("pk", flat=True)) == before


def test_a_new_user_has_one_role_and_a_password_that_is_checked() -> None:
    user = user_create(COMMAND_LINE, username="ann", password=PASSWORD, role=Role.OPERATOR)
    assert actor_of_user(user).role is Role.OPERATOR and user.check_password(PASSWORD)
    with pytest.raises(ConflictError, match="'ANN'"):
        user_create(COMMAND_LINE, username="ANN", password=PASSWORD, role=Role.VIEWER)


def test_the_last_administrator_stays_one() -> None:
    first, second = make_user(Role.ADMIN), make_user(Role.ADMIN)
    user_role_set(COMMAND_LINE, first, Role.VIEWER)
    with pytest.raises(ConflictError, match="only administrator") as refused:
        user_role_set(COMMAND_LINE, second, Role.OPERATOR)
    assert refused.value.code == "last_admin"
    assert actor_of_user(second).role is Role.ADMIN and actor_of_user(first).role is Role.VIEWER


def test_an_unattended_session_of_an_admin_makes_nobody_who_could_change_the_payee() -> None:
    tired, user = actor_of_user(make_user(Role.ADMIN)), make_user(Role.VIEWER)
    with pytest.raises(ForbiddenError) as refused:
        user_create(tired, username="u", password=PASSWORD, role=Role.ADMIN)
    assert refused.value.code == "confirm_needed"
    with pytest.raises(ForbiddenError) as refused:
        user_role_set(tired, user, Role.ADMIN)
    assert refused.value.code == "confirm_needed"
    assert role_of_user(user) is Role.VIEWER
    user_role_set(tired, user, Role.NOBODY)
    assert role_of_user(user) is Role.NOBODY, "rights are taken away at once"
