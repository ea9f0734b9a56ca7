"""Who asks: a logged-in browser, or a program with a token. The role is looked at for every request anew."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from mining.fleet.enrolment import TOKEN_BEGINNING
from mining.services.actors import Actor, Role, require
from mining.services.errors import ForbiddenError
from mining.services.tokens import actor_of_token
from mining.services.visitors import actor_of_request

_READ = "read this"


class SessionLogin(AuthBase):
    """The session of a person. What changes something needs the CSRF token of our own pages."""

    openapi_type = "apiKey"
    openapi_in = "cookie"

    def __init__(self) -> None:
        self.openapi_name = settings.SESSION_COOKIE_NAME
        super().__init__()

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Return the actor, None without a login. Raises ForbiddenError for a form of another site."""
        if not request.user.is_authenticated:
            return None
        if check_csrf(request) is not None:
            raise ForbiddenError(
                "The request does not carry this console's CSRF token",
                next_step="Send the header X-CSRFToken, or use an API token.",
                code="csrf",
            )
        return actor_of_request(request)


class TokenLogin(HttpBearer):
    """A program's token: Authorization: Bearer mc_…"""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the actor of a token that is good, else None."""
        return actor_of_token(token, address=request.META.get("REMOTE_ADDR") or None)


class JoinLogin(HttpBearer):
    """A join token: Authorization: Bearer mcj_… It opens two routes; whether it is good is said by their services."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """Return what may be a join token, else None."""
        return token if token.startswith(TOKEN_BEGINNING) else None


def actor_of(request: HttpRequest) -> Actor:
    """Return who was let in."""
    actor: Any = getattr(request, "auth", None)
    assert isinstance(actor, Actor)
    return actor


def reader_of(request: HttpRequest) -> Actor:
    """Return who was let in, if that may read at all. Raises ForbiddenError for a login without a role."""
    actor = actor_of(request)
    require(actor, Role.VIEWER, _READ)
    return actor
