"""Groups of the roles with the Django permissions that fit, users and their roles. Services enforce roles anyway."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from mining.services.actors import ROLE_WORDS, Actor, Role, require, require_fresh, role_of_user
from mining.services.entries import Entries
from mining.services.errors import ConflictError
from mining.services.events import event_record
from mining.services.rows import locked

_ACCESS_MODELS = ("apitoken", "loginlink", "idempotentcall", "journalposition", "jointoken", "nodeaccess")
_OPERATED = ("pool", "endpoint", "plan", "planpool", "benchmarkrun", "nodegroup", "nodetag", "rollout")
_ADMINISTERED = ("wallet", "coin", "node", "apitoken")


@transaction.atomic
def roles_ensure() -> None:
    """Make the groups viewer, operator and admin, each with exactly the permissions of its role."""
    mining = Permission.objects.filter(content_type__app_label="mining")
    users = Permission.objects.filter(content_type__app_label="auth", content_type__model="user")
    wanted = {
        Role.VIEWER: _viewing(mining),
        Role.OPERATOR: [*_viewing(mining), *_changing(mining, _OPERATED)],
        Role.ADMIN: [*_administering(mining), *users],
    }
    for role, permissions in wanted.items():
        group, _ = Group.objects.get_or_create(name=role.word)
        group.permissions.set(permissions)


@transaction.atomic
def user_create(actor: Actor, *, username: str, password: str, role: Role) -> User:
    """Make a user who may log in. Needs an administrator who gave the password lately: a new user's password opens a
    fresh session. Raises InvalidError, ConflictError (duplicate), ForbiddenError (also confirm_needed)."""
    require(actor, Role.ADMIN, "add users")
    require_fresh(actor, "Users are added")
    model, entries = get_user_model(), Entries()
    name = entries.name(username, most=150, field="username")
    _check_password(password, model(username=name), entries)
    entries.check("The user was not saved")
    _wait_for_others()
    if model.objects.filter(username__iexact=name).exists():
        thing = f"There is a user {name!r} already"
        fields = {"username": [f"{thing}. Choose another name."]}
        raise ConflictError(thing, next_step="Choose another name.", code="duplicate", fields=fields)
    user = model.objects.create_user(name, password=password, is_staff=True)
    _put_into_group(user, role)
    sentence = f"{actor.name} added the user {name} as {role.word}"
    event_record(actor, kind="user.created", sentence=sentence, target=user, new={"role": role.word})
    return user


@transaction.atomic
def user_role_set(actor: Actor, user: User, role: Role) -> User:
    """Give a user exactly one role (NOBODY: none). Needs an administrator, for more rights one who gave the password
    lately. Raises ConflictError (last_admin), ForbiddenError (also confirm_needed)."""
    require(actor, Role.ADMIN, "change the roles of users")
    _wait_for_others()
    row = locked(user, "user")
    old = role_of_user(row)
    if old is Role.ADMIN and role is not Role.ADMIN:
        _refuse_last_admin(row)
    if old is role:
        return row
    if role > old:
        require_fresh(actor, "Users get more rights")
    row.is_superuser, row.is_staff = False, role is not Role.NOBODY
    row.save(update_fields=["is_superuser", "is_staff"])
    _put_into_group(row, role)
    sentence = f"{actor.name} changed the role of {row} from {old.word} to {role.word}"
    event_record(
        actor, kind="user.changed", level="warning", sentence=sentence, target=row,
        old={"role": old.word}, new={"role": role.word},
    )  # fmt: skip
    return row


def _viewing(permissions: Iterable[Permission]) -> list[Permission]:
    return [each for each in permissions if _is_of(each, "view") and not _model(each).endswith(_ACCESS_MODELS)]


def _administering(permissions: Iterable[Permission]) -> list[Permission]:
    """Shares, events and histories are what happened: nobody changes them."""
    return [*(each for each in permissions if _is_of(each, "view")), *_changing(permissions, _OPERATED + _ADMINISTERED)]


def _changing(permissions: Iterable[Permission], models: tuple[str, ...]) -> list[Permission]:
    return [each for each in permissions if _model(each) in models and not _is_of(each, "view")]


def _is_of(permission: Permission, verb: str) -> bool:
    return permission.codename.startswith(f"{verb}_")


def _model(permission: Permission) -> str:
    return permission.codename.partition("_")[2]


def _check_password(password: str, user: User, entries: Entries) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        for sentence in error.messages:
            entries.wrong("password", sentence)


def _put_into_group(user: User, role: Role) -> None:
    user.groups.remove(*Group.objects.filter(name__in=ROLE_WORDS))
    if role is not Role.NOBODY:
        user.groups.add(Group.objects.get(name=role.word))


def _wait_for_others() -> None:
    """One change of users at a time: two admins who end each other's role at once would leave none."""
    Group.objects.select_for_update().filter(name=Role.ADMIN.word).first()


def _refuse_last_admin(user: User) -> None:
    is_admin = Q(is_superuser=True) | Q(groups__name=Role.ADMIN.word)
    if get_user_model().objects.filter(is_admin, is_active=True).exclude(pk=user.pk).exists():
        return
    raise ConflictError(
        f"{user} is the only administrator here", next_step="Make another one first.", code="last_admin"
    )
