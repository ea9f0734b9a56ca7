"""Join tokens: one-time passwords with which a machine joins. Shown once, kept as a hash, good for minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mining.fleet.enrolment import TOKEN_BEGINNING, TOKEN_BYTES, token_digest
from mining.models import JoinToken
from mining.program import program_name
from mining.services.actors import Actor, Role, require
from mining.services.entries import Entries
from mining.services.errors import ConflictError, NotFoundError
from mining.services.events import event_record
from mining.services.fleet_broker import broker_of_fleet
from mining.services.rows import locked

USUAL = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
_PREFIX = 10
_KEPT = timedelta(days=30)


@transaction.atomic
def join_token_create(
    actor: Actor, *, name: str = "", good_for: timedelta = USUAL, now: datetime | None = None
) -> tuple[JoinToken, str]:
    """Make a token and return it with its secret, which is never to be had again. Needs an administrator.

    `name`: what the machine will be called; empty: its host name. Raises ForbiddenError, InvalidError, ConflictError
    (no_broker).
    """
    require(actor, Role.ADMIN, "invite machines")
    broker_of_fleet()
    moment, entries = now or timezone.now(), Entries()
    clean = entries.name(name) if name.strip() else ""
    if not timedelta(minutes=1) <= good_for <= LONGEST:
        entries.wrong("good_for_s", "A token is good for one minute to 24 hours.")
    entries.check("The machine was not invited")
    JoinToken.objects.filter(expires_at__lt=moment - _KEPT).delete()
    secret = TOKEN_BEGINNING + secrets.token_urlsafe(TOKEN_BYTES)
    row = JoinToken.objects.create(
        digest=token_digest(secret), prefix=secret[:_PREFIX], name=clean, created_at=moment,
        created_by_id=actor.user_id, expires_at=moment + good_for,
    )  # fmt: skip
    sentence = f"{actor.name} invited {clean or 'a machine'} to the fleet"
    event_record(actor, kind="fleet.invited", sentence=sentence, target=row, new={"expires_at": str(row.expires_at)})
    return row, secret


@transaction.atomic
def join_token_revoke(actor: Actor, token: JoinToken) -> JoinToken:
    """End a token that nobody used yet. Needs an administrator. Again changes nothing. Raises ConflictError (used)."""
    require(actor, Role.ADMIN, "take back invitations")
    row = locked(token, "join token")
    if row.used_at is not None:
        raise ConflictError(
            f"The token {row} was used by {row.node}", next_step="Remove that node instead.", code="token_used"
        )
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        event_record(actor, kind="fleet.uninvited", sentence=f"{actor.name} took back the token {row}", target=row)
    return row


def join_token_check(secret: str, *, now: datetime | None = None) -> JoinToken:
    """Return the token that is good now. Raises NotFoundError (token_unknown), ConflictError (token_used,
    token_expired)."""
    moment = now or timezone.now()
    row = JoinToken.objects.filter(digest=token_digest(secret)).select_related("node").first()
    again = f"Ask the console's owner for a new one: {program_name()} node invite."
    if row is None:
        raise NotFoundError("This console did not make that token", next_step=again, code="token_unknown")
    if row.used_at is not None:
        who = f" by {row.node}" if row.node is not None else ""
        sentence = f"The token {row} was used already{who}, at {row.used_at:%Y-%m-%d %H:%M:%S} UTC"
        raise ConflictError(sentence, next_step=again, code="token_used")
    if row.revoked_at is not None or row.expires_at <= moment:
        word = "taken back" if row.revoked_at is not None else f"good until {row.expires_at:%Y-%m-%d %H:%M:%S} UTC"
        raise ConflictError(f"The token {row} was {word}", next_step=again, code="token_expired")
    return row


def join_token_claim(secret: str, *, now: datetime) -> JoinToken:
    """Use a token up: of two machines that come with it at once, one gets it. Raises as `join_token_check`."""
    row = join_token_check(secret, now=now)
    unused = JoinToken.objects.filter(pk=row.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        join_token_check(secret, now=now)
        raise ConflictError(f"The token {row} was just used", code="token_used")
    return row
