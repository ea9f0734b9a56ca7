"""`token list|add|revoke`: tokens with which programs use the API. A token is printed once, when it is made."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils import timezone

from mining.management.rows_command import Actions, Answer, Options, RowsCommand, table
from mining.models import ApiToken
from mining.selectors.tokens import token_get, token_list
from mining.services.actors import COMMAND_LINE, ROLE_WORDS
from mining.services.errors import InvalidError, NotFoundError
from mining.services.tokens import token_create, token_revoke

_COLUMNS = ("id", "name", "user", "role", "begins", "state", "expires_at", "last_used_at")
_MOST_DAYS = 3650


class Command(RowsCommand):
    """Tokens."""

    help = "List, make and revoke the tokens of programs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions."""
        actions = Actions(parser)
        actions.add("list", _list, "list the tokens, without their secrets")
        adding = actions.add("add", _add, "make a token and print it once")
        adding.add_argument("name", metavar="NAME", help="what it is for")
        adding.add_argument("--user", required=True, metavar="NAME", help="whose it is; it is never stronger than that")
        adding.add_argument("--role", default=ROLE_WORDS[0], metavar="|".join(ROLE_WORDS), help="default: viewer")
        adding.add_argument("--days", type=int, metavar="N", help="expires after so many days; default: never")
        revoking = actions.add("revoke", _revoke, "end a token for good")
        revoking.add_argument("token", metavar="TOKEN", help="its number, its name, or how it begins")


def _list(_options: Options) -> Answer:
    rows = [_row(token) for token in token_list()]
    return Answer(rows, table(rows, _COLUMNS, empty="There is no token yet: token add NAME --user NAME."))


def _add(options: Options) -> Answer:
    days = options["days"]
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise InvalidError({"days": [f"{days} is not a number of days from 1 to {_MOST_DAYS}."]})
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    token, secret = token_create(
        COMMAND_LINE, user=_user(options["user"]), name=options["name"], role=options["role"], expires_at=expires_at
    )
    return Answer(_row(token) | {"token": secret}, [secret])


def _revoke(options: Options) -> Answer:
    token = token_revoke(COMMAND_LINE, token_get(options["token"]))
    return Answer(_row(token), [f"The token {token.name} ({token.prefix}…) works no more."])


def _user(name: str) -> User:
    model = get_user_model()
    user = model.objects.filter(username__iexact=name).first()
    if user is None:
        known = ", ".join(model.objects.order_by("username").values_list("username", flat=True)[:20]) or "none yet"
        raise NotFoundError(f"There is no user {name[:40]!r}", next_step=f"There are: {known}.")
    return user


def _row(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "user": token.user.get_username(),
        "role": token.role,
        "begins": token.prefix,
        "state": _state(token),
        "created_at": _moment(token.created_at),
        "expires_at": _moment(token.expires_at),
        "last_used_at": _moment(token.last_used_at),
    }


def _state(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= timezone.now() else "works"


def _moment(at: Any) -> str | None:
    return at.isoformat(timespec="seconds") if at is not None else None
