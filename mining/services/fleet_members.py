"""Machines join the fleet: with a token that a person typed there, and a proof that they have their key."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from mining.engine.signed_plan import CONSOLE_KEY, private_key_of, public_key_of
from mining.fleet.acl import password_digest
from mining.fleet.enrolment import Statement, encode_statement, is_join_proof, sign_statement, token_digest
from mining.models import JoinToken, MemberState, Node, NodeAccess
from mining.program import program_name
from mining.services.actors import Actor, Role
from mining.services.errors import ConflictError, InvalidError
from mining.services.events import event_record
from mining.services.fleet_broker import broker_client, broker_for_node, user_grant
from mining.services.fleet_tokens import join_token_check, join_token_claim
from mining.services.rows import row_save

_ALIVE_S = 15.0
_PASSWORD_BYTES = 32
_FACTS = (
    "cpu", "vendor", "machine", "packages", "cores", "threads", "usable_threads", "numa_nodes", "l2_bytes", "l3_bytes",
    "quota", "memory_bytes", "memory_limit_bytes",
)  # fmt: skip
_PLACE = ("cpu", "core", "package", "node", "l3", "kind")
_MOST_THREADS = 4096
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person at the machine is shown before it joins."""

    owner: str
    public_key: bytes
    node_name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Joining:
    """What a machine says of itself. `proof`: a signature with its key over token and ULID. `machine`: digest of what
    it is; `followed_version`: the plan that it follows now, of whatever console."""

    token: str = field(repr=False)
    ulid: str
    public_key: bytes
    proof: bytes
    hostname: str
    version: str = ""
    machine: str = ""
    followed_version: int = 0
    hardware: dict[str, Any] = field(default_factory=dict)


def console_owner() -> str:
    """Whose console this is, as a person at a machine reads it: its first administrator and its host name."""
    owner = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    name = owner.get_username() if owner is not None else "nobody yet"
    return f"{name} at {socket.gethostname()}"


def invitation_look(token: str) -> Invitation:
    """Return what a good token stands for; it stays good. Raises NotFoundError, ConflictError as
    `fleet_tokens.join_token_check`."""
    row = join_token_check(token)
    key = public_key_of(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY))
    return Invitation(console_owner(), key, row.name, row.expires_at)


def node_join(joining: Joining, *, address: str | None = None) -> tuple[bytes, bytes]:
    """Take a machine into the fleet; returns the console's statement and its signature.

    The token is used up only if everything else went well. Raises InvalidError, and ConflictError (token_used,
    token_expired, node_cloned, broker_away), NotFoundError (token_unknown).
    """
    now = timezone.now()
    join_token_check(joining.token, now=now)
    digest = token_digest(joining.token)
    if not is_join_proof(joining.public_key, joining.proof, digest=digest, node_id=joining.ulid):
        raise InvalidError({"proof": ["The machine did not prove that it has its key."]}, code="bad_proof")
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with broker_client() as client, transaction.atomic():
        token = join_token_claim(joining.token, now=now)
        node, is_new = _node_of(joining, token)
        _refuse_clone(node, joining, now, is_new=is_new)
        _take_in(node, joining, password_digest(password), now)
        JoinToken.objects.filter(pk=token.pk).update(node=node)
        actor = Actor(f"the machine {node}", Role.NOBODY, address=address, key=f"node:{node.pk}")
        word = "joined the fleet" if is_new else "joined the fleet again"
        new = {"ulid": node.ulid, "token": token.prefix}
        event_record(actor, kind="fleet.joined", sentence=f"{node} {word}", node=node, target=node, new=new)
        user_grant(client, node.ulid, password_digest(password))
    told = Statement(digest, node.ulid, node.name, console_owner(), broker_for_node(node.ulid, password), time.time())
    data = encode_statement(told)
    return data, sign_statement(private_key_of(settings.MINERCONSOLE_HOME, CONSOLE_KEY), data)


def _node_of(joining: Joining, token: JoinToken) -> tuple[Node, bool]:
    """The row of the machine, with what it says of itself. Raises ConflictError (node_cloned) for another key."""
    key = joining.public_key.hex()
    node = Node.objects.select_for_update().filter(ulid=joining.ulid).first()
    if node is not None and node.is_local:
        raise ConflictError(
            "This is the console's own computer, which belongs to it already",
            next_step="Use another home folder (--home) for a second node on it.",
            code="is_console",
        )
    if node is not None and node.public_key not in ("", key):
        raise ConflictError(
            f"Another key than that of {node} came with its identity: a home folder was copied without its secrets",
            next_step=f"Take a new identity: {program_name()} node leave --new-identity, then join.",
            code="node_cloned",
        )
    is_new = node is None
    node = node or Node(ulid=joining.ulid, name=(token.name or joining.hostname)[:64] or joining.ulid)
    node.public_key, node.version, node.hardware = key, joining.version[:32], _known(joining.hardware)
    if token.name:
        node.name = token.name
    row_save(Actor(f"the machine {node.name}", Role.NOBODY), node, "joined the fleet")
    return node, is_new


def _refuse_clone(node: Node, joining: Joining, now: datetime, *, is_new: bool) -> None:
    """One that is alive elsewhere cannot join: its home folder was copied with its secrets."""
    access = None if is_new else NodeAccess.objects.filter(node=node).exclude(state=MemberState.LEFT).first()
    if access is None or access.heard_at is None or not access.machine or access.machine == joining.machine:
        return
    if (now - access.heard_at).total_seconds() <= _ALIVE_S:
        raise ConflictError(
            f"{node} is alive on another machine: this one is a copy of it",
            next_step=f"Take a new identity: {program_name()} node leave --new-identity, then join.",
            code="node_cloned",
        )


def _take_in(node: Node, joining: Joining, digest: str, now: datetime) -> None:
    NodeAccess.objects.update_or_create(
        node=node,
        defaults={
            "state": MemberState.MEMBER,
            "state_reason": "",
            "state_at": now,
            "password_digest": digest,
            "joined_at": now,
            "told_version": joining.followed_version,
            "run": "",
            "machine": joining.machine[:16],
            "heard_at": None,
            "clock_offset_s": None,
        },
    )


def _known(hardware: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a machine says of itself only what we know, in the kinds that we know: it is kept and shown."""
    found = {name: hardware[name] for name in _FACTS if _is_plain(hardware.get(name))}
    layout = hardware.get("layout")
    if isinstance(layout, list) and len(layout) <= _MOST_THREADS:
        places = [each for each in layout if isinstance(each, dict)]
        found["layout"] = [{name: each[name] for name in _PLACE if _is_plain(each.get(name))} for each in places]
    return found


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST and value.isprintable()
    return value is not None and isinstance(value, int | float) and abs(value) < 2**63
