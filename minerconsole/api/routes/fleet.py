"""The fleet: invitations, machines that join with one, and members."""

from __future__ import annotations

import base64
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import JoinLogin, actor_of, reader_of
from minerconsole.api.places import Number, Ulid, node_at
from minerconsole.api.schemas.fleet import (
    InvitationIn,
    InvitationMade,
    InvitationOut,
    JoinIn,
    JoinOut,
    LookOut,
    MemberOut,
)
from mining.engine.signed_plan import CONSOLE_KEY, private_key_of, public_key_of
from mining.fleet.enrolment import fingerprint
from mining.selectors.fleet_members import join_token_list, member_list
from mining.services.actors import Role, require
from mining.services.errors import NotFoundError
from mining.services.fleet_members import Joining, invitation_look, node_join
from mining.services.fleet_removal import node_remove
from mining.services.fleet_tokens import join_token_create, join_token_revoke

router = Router()


@router.get("/invitations", response=list[InvitationOut])
def invitation_list(request: HttpRequest) -> list[InvitationOut]:
    """List the join tokens, newest first, without their secrets. Needs an administrator."""
    require(reader_of(request), Role.ADMIN, "see invitations")
    return [InvitationOut.of(row) for row in join_token_list()]


@router.post("/invitations", response={201: InvitationMade})
def invitation_add(request: HttpRequest, body: InvitationIn) -> Status[InvitationMade]:
    """Make a join token for one machine. The secret is in this answer only. Needs an administrator."""
    actor = reader_of(request)
    token, secret = join_token_create(actor, name=body.name, good_for=timedelta(seconds=body.good_for_s))
    key = public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY))
    made = InvitationMade(invitation=InvitationOut.of(token), secret=secret, fingerprint=fingerprint(key))
    return Status(201, made)


@router.delete("/invitations/{token_id}", response={204: None})
def invitation_end(request: HttpRequest, token_id: Number) -> Status[None]:
    """Take back a join token that nobody used. Needs an administrator."""
    actor = reader_of(request)
    require(actor, Role.ADMIN, "take back invitations")
    token = join_token_list().filter(pk=token_id).first()
    if token is None:
        raise NotFoundError(f"There is no invitation {token_id}", next_step="See the list of invitations.")
    join_token_revoke(actor, token)
    return Status(204, None)


@router.get("/invitation", response=LookOut, auth=[JoinLogin()])
def invitation_show(request: HttpRequest) -> LookOut:
    """Show a machine whose console this is; the join token stays good. With the join token as bearer."""
    return LookOut.of(invitation_look(_secret(request)))


@router.post("/join", response=JoinOut, auth=[JoinLogin()])
def fleet_join(request: HttpRequest, body: JoinIn) -> JoinOut:
    """Take a machine into the fleet, and use its join token up. With the join token as bearer."""
    joining = Joining(
        token=_secret(request),
        ulid=body.ulid,
        public_key=bytes.fromhex(body.public_key),
        proof=bytes.fromhex(body.proof),
        hostname=body.hostname,
        version=body.version,
        machine=body.machine,
        followed_version=body.followed_version,
        hardware=body.hardware,
    )
    data, signature = node_join(joining, address=request.META.get("REMOTE_ADDR") or None)
    return JoinOut(statement=base64.urlsafe_b64encode(data).decode("ascii"), signature=signature.hex())


@router.get("/members", response=list[MemberOut])
def fleet_members(request: HttpRequest) -> list[MemberOut]:
    """List the machines that joined, and those that left."""
    reader_of(request)
    return [MemberOut.of(row) for row in member_list()]


@router.delete("/members/{ulid}", response=MemberOut)
def member_remove(request: HttpRequest, ulid: Ulid) -> MemberOut:
    """Let a machine go: it is told, and nothing reaches it any more. Its rows stay. Needs an administrator."""
    return MemberOut.of(node_remove(actor_of(request), node_at(ulid)))


def _secret(request: HttpRequest) -> str:
    secret: object = getattr(request, "auth", None)
    assert isinstance(secret, str)
    return secret
