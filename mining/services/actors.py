"""Who acts: a person, a token of a program, or the command line of this computer; and what each of them may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from mining.services.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser, AnonymousUser


class Role(IntEnum):
    """What an actor may do; each role may do what those before it may."""

    NOBODY = 0
    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The name of the role as groups, tokens and people write it."""
        return self.name.lower()


ROLE_WORDS: tuple[str, ...] = tuple(role.word for role in Role if role is not Role.NOBODY)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` as events show it; `address` is the IP address a request came from.

    `is_fresh`: gave the password within the last 10 minutes, or is the command line of this computer. `key` tells
    actors apart for throttling and repeated calls: "user:1", "token:3", "cli".
    """

    name: str
    role: Role
    user_id: int | None = None
    address: str | None = None
    is_fresh: bool = False
    key: str = ""


COMMAND_LINE = Actor("the command line", Role.ADMIN, is_fresh=True, key="cli")
"""Whoever can run commands in this home folder owns its rows already."""

SYSTEM = Actor("MinerConsole", Role.ADMIN, key="system")
"""The program itself: migrations and the registration of this computer."""


def role_named(word: str) -> Role:
    """Return the role a person wrote. Raises InvalidError (argument `role`) that lists what there is."""
    if word in ROLE_WORDS:
        return Role[word.upper()]
    raise InvalidError({"role": [f"The role {word[:40]!r} is not known. Choose one of: {', '.join(ROLE_WORDS)}."]})


def role_of_user(user: AbstractUser | AnonymousUser) -> Role:
    """The highest role among a user's groups; a superuser is an admin, whoever is not active is nobody."""
    if not user.is_authenticated or not user.is_active:
        return Role.NOBODY
    if getattr(user, "is_superuser", False):
        return Role.ADMIN
    names = user.groups.filter(name__in=ROLE_WORDS).values_list("name", flat=True)
    return max((Role[name.upper()] for name in names), default=Role.NOBODY)


def actor_of_user(user: AbstractUser | AnonymousUser, *, address: str | None = None, is_fresh: bool = False) -> Actor:
    """Return the actor of a logged-in user, with the role of now; of nobody for an anonymous or inactive one."""
    role = role_of_user(user)
    if not user.is_authenticated:
        return Actor("somebody without a login", role, address=address)
    return Actor(user.get_username(), role, user.pk, address, is_fresh, f"user:{user.pk}")


def require_fresh(actor: Actor, what: str) -> None:
    """Raise ForbiddenError (confirm_needed) unless `actor` gave the password lately. `what` begins a sentence."""
    if not actor.is_fresh:
        raise ForbiddenError(
            f"{what} only shortly after the password was given",
            next_step="Confirm that it is you, and try again.",
            code="confirm_needed",
        )


def require(actor: Actor, role: Role, what: str) -> None:
    """Raise ForbiddenError unless `actor` has at least `role`. `what` continues "may not": "change pools"."""
    if actor.role >= role:
        return
    has = "no role here" if actor.role is Role.NOBODY else f"the role {actor.role.word}"
    raise ForbiddenError(
        f"{actor.name} may not {what}: that needs the role {role.word}, and this login has {has}",
        next_step="Ask an administrator of this console for the role.",
    )
