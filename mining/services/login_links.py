"""Links that log in once: made on the owner's own terminal, good for fifteen minutes, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from mining.models import LoginLink
from mining.services.actors import Actor, Role, actor_of_user, require
from mining.services.errors import NotFoundError
from mining.services.events import event_record

GOOD_FOR = timedelta(minutes=15)
OWNER = "owner"
_SECRET_BYTES = 16  # 128 bits: nobody guesses it in a quarter of an hour, and the link fits on a narrow terminal


def login_link_create(actor: Actor, *, username: str = "", now: datetime | None = None) -> str:
    """Return the secret of a new link for `username`, by default the first admin; "owner" is made where there is none.

    Raises ForbiddenError, or NotFoundError for a user that does not exist or is switched off.
    """
    require(actor, Role.ADMIN, "make a login link")
    moment = now or timezone.now()
    with transaction.atomic():
        user = _user_named(username) if username else _owner(actor)
        LoginLink.objects.filter(expires_at__lt=moment).delete()
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        LoginLink.objects.create(user=user, digest=_digest(secret), expires_at=moment + GOOD_FOR)
        sentence = f"A login link for {user.get_username()} was made"
        event_record(actor, kind="login.link_made", sentence=sentence, target=user)
    return secret


def login_link_use(secret: str, *, address: str | None = None, now: datetime | None = None) -> User | None:
    """Return whom the link logs in, and use it up; None when it never was, is used, is too old, or its user is off."""
    moment = now or timezone.now()
    with transaction.atomic():
        # One conditional update claims the link: of two that open it at once, one gets in.
        unused = LoginLink.objects.filter(digest=_digest(secret), used_at=None, expires_at__gt=moment)
        if not unused.filter(user__is_active=True).update(used_at=moment):
            return None
        user: User = LoginLink.objects.select_related("user").get(digest=_digest(secret)).user
        actor = actor_of_user(user, address=address)
        event_record(actor, kind="login.link_used", sentence=f"{actor.name} logged in with a link", target=user)
    return user


def has_anyone_logged_in() -> bool:
    """Whether some user of this console ever did."""
    return User.objects.filter(last_login__isnull=False).exists()


def has_password_user() -> bool:
    """Whether an active user can log in with a password."""
    passwords = User.objects.filter(is_active=True).values_list("password", flat=True)
    return any(password and not password.startswith("!") for password in passwords)


def _user_named(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        known = ", ".join(User.objects.filter(is_active=True).values_list("username", flat=True)) or "none"
        raise NotFoundError(f"There is no user {username!r} who may log in", next_step=f"Users: {known}.")
    return user


def _owner(actor: Actor) -> User:
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if found is not None:
        return found
    owner = User(username=_free_name(), is_staff=True, is_superuser=True)
    owner.set_unusable_password()
    owner.save()
    event_record(actor, kind="user.created", sentence=f"The admin {owner.username} was made", target=owner)
    return owner


def _free_name() -> str:
    taken = set(User.objects.filter(username__startswith=OWNER).values_list("username", flat=True))
    return next(name for name in (OWNER, *(f"{OWNER}{number}" for number in range(2, 1000))) if name not in taken)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
