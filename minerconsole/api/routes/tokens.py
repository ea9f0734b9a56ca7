"""API tokens: one's own; administrators see all."""

from __future__ import annotations

from typing import Annotated

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.places import Number
from minerconsole.api.schemas.tokens import TokenIn, TokenMade, TokenOut
from mining.selectors import tokens
from mining.services.actors import Role, require
from mining.services.errors import NotFoundError
from mining.services.tokens import token_create, token_revoke

router = Router()
All = Annotated[bool, Query(alias="all", description="Those of all users. Needs an administrator.")]


@router.get("", response=list[TokenOut])
def token_list(request: HttpRequest, is_all: All = False) -> list[TokenOut]:
    """List one's tokens, newest first, without their secrets."""
    actor = reader_of(request)
    if is_all:
        require(actor, Role.ADMIN, "see the tokens of other users")
    return [TokenOut.of(row) for row in tokens.token_list(user_id=None if is_all else actor.user_id)]


@router.post("", response={201: TokenMade})
def token_add(request: HttpRequest, body: TokenIn) -> Status[TokenMade]:
    """Make a token of one's own, never stronger than oneself. The secret is in this answer only."""
    actor = reader_of(request)
    assert actor.user_id is not None  # whoever was let in is a user's
    user = get_user_model().objects.get(pk=actor.user_id)
    token, secret = token_create(actor, user=user, name=body.name, role=body.role, expires_at=body.expires_at)
    return Status(201, TokenMade(token=TokenOut.of(token), secret=secret))


@router.delete("/{token_id}", response={204: None})
def token_end(request: HttpRequest, token_id: Number) -> Status[None]:
    """Revoke a token for good: one's own, or as an administrator any."""
    actor = reader_of(request)
    rows = tokens.token_list(user_id=None if actor.role >= Role.ADMIN else actor.user_id)
    token = rows.filter(pk=token_id).first()
    if token is None:
        raise NotFoundError(f"You have no token {token_id}", next_step="See the list of tokens.")
    token_revoke(actor, token)
    return Status(204, None)
