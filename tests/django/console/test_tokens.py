"""Tokens of programs: shown once, hashed, bounded by their owner, ended at once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from mining.models import ApiToken, Event
from mining.selectors.tokens import token_get, token_list
from mining.services.actors import COMMAND_LINE, Actor, Role, actor_of_user, require
from mining.services.errors import ConflictError, ForbiddenError, InvalidError
from mining.services.tokens import actor_of_token, token_create, token_revoke
from tests.support.console import make_user

pytestmark = pytest.mark.django_db


def _acting(secret: str) -> Actor:
    actor = actor_of_token(secret, address="127.0.0.1")
    assert actor is not None
    return actor


def test_a_token_is_shown_once_and_only_its_hash_is_kept() -> None:
    row, secret = token_create(COMMAND_LINE, user=make_user(Role.OPERATOR), name="grafana", role="viewer")
    assert secret.startswith("mc_") and len(secret) == 43
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest() and secret.startswith(row.prefix)
    kept = f"{list(ApiToken.objects.values())}{list(Event.objects.values())}{row!r}"
    assert secret not in kept and secret[12:] not in kept


def test_a_token_acts_in_the_name_of_its_owner_with_its_own_role() -> None:
    user = make_user(Role.ADMIN, "ann")
    row, secret = token_create(COMMAND_LINE, user=user, name="grafana", role=Role.VIEWER)
    actor = _acting(secret)
    assert (actor.role, actor.user_id, actor.key, actor.address) == (
        Role.VIEWER, user.pk, f"token:{row.pk}", "127.0.0.1",
    )  # fmt: skip
    assert "ann" in actor.name and "grafana" in actor.name and not actor.is_fresh


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_no_token_is_stronger_than_its_owner(role: Role) -> None:
    with pytest.raises(InvalidError, match="can have is viewer") as refused:
        token_create(COMMAND_LINE, user=make_user(Role.VIEWER), name="t", role=role)
    assert list(refused.value.fields) == ["role"]


def test_an_owner_who_loses_a_role_bounds_the_tokens_at_once() -> None:
    user = make_user(Role.ADMIN)
    _, secret = token_create(COMMAND_LINE, user=user, name="t", role="admin")
    user.groups.set([Group.objects.get(name="viewer")])
    assert _acting(secret).role is Role.VIEWER
    user.groups.clear()
    with pytest.raises(ForbiddenError):
        require(_acting(secret), Role.VIEWER, "read")
    user.is_active = False
    user.save()
    assert actor_of_token(secret) is None


def test_a_token_ends_when_it_is_revoked_or_expires() -> None:
    user = make_user(Role.VIEWER)
    row, secret = token_create(
        COMMAND_LINE, user=user, name="t", role="viewer", expires_at=timezone.now() + timedelta(days=1)
    )
    assert actor_of_token(secret) is not None and list(token_list(is_usable=True)) == [row]
    ApiToken.objects.update(expires_at=timezone.now())
    assert actor_of_token(secret) is None and not token_list(is_usable=True)
    ApiToken.objects.update(expires_at=None)
    token_revoke(COMMAND_LINE, row)
    token_revoke(COMMAND_LINE, row)
    assert actor_of_token(secret) is None
    assert Event.objects.filter(kind="access.token_revoked").count() == 1


@pytest.mark.parametrize("secret", ["", "mc_", "mc_" + "A" * 40, "x" * 43, "mc_" + "ü" * 40, "mc_" + "A" * 4000])
def test_what_is_no_token_is_nobody(secret: str) -> None:
    assert actor_of_token(secret) is None


def test_when_a_token_was_used_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    row, secret = token_create(COMMAND_LINE, user=make_user(Role.ADMIN), name="t", role="viewer")
    actor_of_token(secret)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    with django_assert_num_queries(2):  # the token with its owner, and the owner's groups
        actor_of_token(secret)
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    actor_of_token(secret)
    row.refresh_from_db()
    assert row.last_used_at > first - timedelta(minutes=1)


def test_a_past_expiry_or_an_unknown_role_is_answered_beside_its_field() -> None:
    user = make_user(Role.ADMIN)
    with pytest.raises(InvalidError) as past:
        token_create(COMMAND_LINE, user=user, name="", role="viewer", expires_at=timezone.now())
    assert set(past.value.fields) == {"name", "expires_at"}
    with pytest.raises(InvalidError, match="viewer, operator, admin"):
        token_create(COMMAND_LINE, user=user, name="t", role="root")


def test_a_weak_token_of_a_strong_owner_can_neither_make_nor_end_others() -> None:
    user = make_user(Role.ADMIN)
    row, secret = token_create(COMMAND_LINE, user=user, name="weak", role="viewer")
    other, _ = token_create(COMMAND_LINE, user=user, name="other", role="admin")
    weak = _acting(secret)
    with pytest.raises(ForbiddenError, match="other tokens"):
        token_create(weak, user=user, name="strong", role="viewer")
    with pytest.raises(ForbiddenError):
        token_revoke(weak, other)
    assert token_revoke(weak, row).revoked_at is not None


def test_an_owner_makes_and_ends_own_tokens_but_none_above_the_present_role() -> None:
    user = make_user(Role.VIEWER)
    me = actor_of_user(user)
    row, _ = token_create(me, user=user, name="mine", role="viewer")
    token_revoke(me, row)
    with pytest.raises(InvalidError):
        token_create(me, user=user, name="mine", role="operator")


def test_a_token_is_found_by_number_name_or_beginning() -> None:
    user = make_user(Role.ADMIN)
    row, _ = token_create(COMMAND_LINE, user=user, name="grafana", role="viewer")
    assert token_get(str(row.pk)) == token_get("Grafana") == token_get(row.prefix) == row
    token_create(COMMAND_LINE, user=user, name="grafana", role="viewer")
    with pytest.raises(ConflictError, match="2 tokens"):
        token_get("grafana")
