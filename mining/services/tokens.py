"""Tokens of programs: shown once, kept as a hash, never stronger than who owns or who makes them."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from mining.models import ApiToken
from mining.services.actors import Actor, Role, require, role_named, role_of_user
from mining.services.entries import Entries
from mining.services.errors import ForbiddenError
from mining.services.events import event_record
from mining.services.rows import locked

log = logging.getLogger(__name__)
BEGINNING = "mc_"
_RANDOM_BYTES = 30  # 40 characters of base64
_LENGTH = len(BEGINNING) + 40
_PREFIX = 10
_USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def token_create(
    actor: Actor, *, user: User, name: str, role: Role | str, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token for `user` and return it with its secret, which is never to be had again.

    Everybody with a role may make tokens of their own, an administrator for others; none is stronger than its owner or
    its maker. Raises ForbiddenError, InvalidError.
    """
    _require_owner_or_admin(actor, user.pk, "make tokens for other users")
    wanted = role_named(role) if isinstance(role, str) else role
    entries = Entries()
    clean = entries.name(name)
    most = min(role_of_user(user), actor.role)
    if not Role.NOBODY < wanted <= most:
        entries.wrong("role", f"The most that this token can have is {most.word}. Choose that or less.")
    if expires_at is not None and expires_at <= timezone.now():
        entries.wrong("expires_at", "This is past. Choose a time to come, or none.")
    entries.check("The token was not made")
    secret = BEGINNING + secrets.token_urlsafe(_RANDOM_BYTES)
    row = ApiToken.objects.create(
        name=clean, user=user, role=wanted.word, prefix=secret[:_PREFIX], digest=_digest(secret), expires_at=expires_at
    )
    new = {"name": clean, "owner": user.get_username(), "role": wanted.word, "expires_at": _text(expires_at)}
    sentence = f"{actor.name} made the {wanted.word} token {clean} of {user.get_username()}"
    event_record(actor, kind="access.token_created", sentence=sentence, target=row, new=new)
    return row, secret


@transaction.atomic
def token_revoke(actor: Actor, token: ApiToken) -> ApiToken:
    """End a token for good. Its owner may, and an administrator. Again changes nothing. Raises ForbiddenError."""
    _require_owner_or_admin(actor, token.user_id, "revoke tokens of other users", itself=token)
    row = locked(token, "token")
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        sentence = f"{actor.name} revoked the token {row.name} of {row.user.get_username()}"
        event_record(actor, kind="access.token_revoked", sentence=sentence, target=row, new={"name": row.name})
    return row


def actor_of_token(secret: str, *, address: str | None = None) -> Actor | None:
    """Return whom a token stands for, or None when it is unknown, revoked, expired or of an inactive user.

    The role is the token's, bounded by what its owner has now.
    """
    if len(secret) != _LENGTH or not secret.startswith(BEGINNING):
        return None
    now = timezone.now()
    row = ApiToken.objects.select_related("user").filter(digest=_digest(secret), revoked_at=None).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now) or not row.user.is_active:
        return None
    _note_use(row, now)
    role = min(role_named(row.role), role_of_user(row.user))
    return Actor(f"{row.user.get_username()}'s token {row.name}", role, row.user_id, address, key=f"token:{row.pk}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(row: ApiToken, now: datetime) -> None:
    """Write when it was used, at most once a minute; a database that is busy must not refuse a reader."""
    if row.last_used_at is not None and now - row.last_used_at < _USED_EVERY:
        return
    is_due = Q(last_used_at=None) | Q(last_used_at__lte=now - _USED_EVERY)
    try:
        with transaction.atomic():
            ApiToken.objects.filter(is_due, pk=row.pk).update(last_used_at=now)
    except DatabaseError as error:
        log.warning("The last use of token %s could not be noted: %s", row.prefix, error)


def _require_owner_or_admin(actor: Actor, owner: int, what: str, *, itself: ApiToken | None = None) -> None:
    """Owners need any role; a token counts as its owner only for what concerns itself, if it is not an admin's."""
    is_token = actor.key.startswith("token:")
    is_itself = itself is not None and actor.key == f"token:{itself.pk}"
    if actor.user_id == owner and actor.role > Role.NOBODY and (not is_token or is_itself):
        return
    if is_token and actor.user_id == owner and actor.role < Role.ADMIN:
        raise ForbiddenError(
            f"{actor.name} may not make or revoke other tokens", next_step="Log in as their owner to do that."
        )
    require(actor, Role.ADMIN, what)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
