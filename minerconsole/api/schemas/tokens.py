"""API tokens as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import Body, Line, Moment
from mining.models import ApiToken


class TokenOut(Schema):
    """A token; the secret is shown once, when it is made."""

    id: int
    name: str
    user: str
    role: Literal["viewer", "operator", "admin"]
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        """The row as it is shown."""
        names = ("name", "role", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")
        user = token.user.get_username()
        return cls(id=token.pk, user=user, **{name: getattr(token, name) for name in names})


class TokenMade(Schema):
    """A new token with its secret."""

    token: TokenOut
    secret: str = Field(..., examples=["mc_…"], description="Shown only now.")


class TokenIn(Body):
    """A new token of one's own."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "grafana", "role": "viewer"}

    name: Line = Field(..., max_length=64, examples=["grafana"])
    role: Literal["viewer", "operator", "admin"] = "viewer"
    expires_at: Moment | None = None
