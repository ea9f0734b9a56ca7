"""Machines that join the fleet as the API shows them, and what they send."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import MOST_VERSION, Body, Line
from mining.fleet.enrolment import fingerprint
from mining.models import JoinToken, NodeAccess
from mining.services.fleet_members import Invitation

_ULID = "^[0-9A-HJKMNP-TV-Z]{26}$"
_KEY = "^[0-9a-f]{64}$"
_SIGNATURE = "^[0-9a-f]{128}$"


class InvitationIn(Body):
    """A new join token."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "cellar-7", "good_for_s": 900}

    name: Line = Field("", max_length=64, description="What the machine is called; empty: its host name.")
    good_for_s: int = Field(900, ge=60, le=86_400)


class InvitationOut(Schema):
    """A join token; its secret is shown once, when it is made."""

    id: int
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    node: str | None = Field(..., description="ULID of the machine that used it.")

    @classmethod
    def of(cls, token: JoinToken) -> Self:
        """The row as it is shown."""
        names = ("name", "prefix", "created_at", "expires_at", "used_at", "revoked_at")
        node = token.node.ulid if token.node is not None else None
        return cls(id=token.pk, node=node, **{name: getattr(token, name) for name in names})


class InvitationMade(Schema):
    """A new join token with its secret."""

    invitation: InvitationOut
    secret: str = Field(..., examples=["mcj_…"], description="Shown only now.")
    fingerprint: str = Field(..., description="Of this console's key, to compare on the machine.")


class LookOut(Schema):
    """What a person at the machine is shown before it joins."""

    owner: str = Field(..., examples=["anna at console.example"])
    public_key: str = Field(..., description="Of this console, Ed25519, 64 hex digits.")
    fingerprint: str
    node_name: str
    expires_at: datetime

    @classmethod
    def of(cls, found: Invitation) -> Self:
        """As it is told."""
        return cls(
            owner=found.owner,
            public_key=found.public_key.hex(),
            fingerprint=fingerprint(found.public_key),
            node_name=found.node_name,
            expires_at=found.expires_at,
        )


class JoinIn(Body):
    """What a machine says of itself and proves."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "ulid": "01JDXXXXXXXXXXXXXXXXXXXXXX",
        "public_key": "ab" * 32,
        "proof": "cd" * 64,
        "hostname": "cellar-7",
    }

    ulid: str = Field(..., pattern=_ULID)
    public_key: str = Field(..., pattern=_KEY, description="Of the machine, Ed25519, 64 hex digits.")
    proof: str = Field(
        ..., pattern=_SIGNATURE, description="Signature over 'minerconsole join v1\\n', SHA-256 of the token, ULID."
    )
    hostname: Line = Field(..., min_length=1, max_length=64)
    version: Line = Field("", max_length=32)
    machine: str = Field("", pattern="^[0-9a-f]{0,16}$", description="Digest of what the machine is.")
    followed_version: int = Field(0, ge=0, le=MOST_VERSION, description="The plan that it follows now.")
    hardware: dict[str, Any] = Field(default_factory=dict, description="What the machine read of itself.")


class JoinOut(Schema):
    """What the machine shall know, signed by this console."""

    statement: str = Field(..., description="JSON in base64url: node_id, node_name, owner, broker, now, token_digest.")
    signature: str = Field(
        ..., description="Ed25519 over 'minerconsole statement v1\\n' and the bytes, 128 hex digits."
    )


class MemberOut(Schema):
    """A machine of the fleet."""

    ulid: str
    name: str
    state: Literal["member", "cloned", "left"]
    state_reason: str
    state_at: datetime
    joined_at: datetime
    heard_at: datetime | None = Field(..., description="Its last beat, by the console's clock.")
    clock_offset_s: float | None = Field(..., description="The broker's clock less the machine's.")

    @classmethod
    def of(cls, access: NodeAccess) -> Self:
        """The row as it is shown."""
        names = ("state", "state_reason", "state_at", "joined_at", "heard_at", "clock_offset_s")
        return cls(ulid=access.node.ulid, name=access.node.name, **{name: getattr(access, name) for name in names})
