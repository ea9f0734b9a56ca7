"""What a machine of the fleet is to this console: a member, one whose identity two machines use, or one that left."""

from __future__ import annotations

from django.utils import timezone

from mining.models import MemberState, Node, NodeAccess
from mining.program import program_name
from mining.services.errors import ConflictError


def access_of(node: Node) -> NodeAccess:
    """Return the membership of a machine. Raises ConflictError (not_member)."""
    access = NodeAccess.objects.filter(node=node).select_related("node").first()
    if access is None:
        raise ConflictError(
            f"{node} has not joined this console's fleet",
            next_step=f"Invite it: {program_name()} node invite.",
            code="not_member",
        )
    return access


def member_of(node: Node) -> NodeAccess:
    """Return the membership of a machine to which plans and commands go. Raises ConflictError (not_member, node_left,
    node_cloned)."""
    access = access_of(node)
    if access.state == MemberState.LEFT:
        raise ConflictError(
            f"{node} left the fleet ({access.state_reason})",
            next_step=f"Invite it again: {program_name()} node invite.",
            code="node_left",
        )
    if access.state == MemberState.CLONED:
        raise ConflictError(
            f"Two machines use the identity of {node} at once ({access.state_reason}), so it is given nothing",
            next_step=f"Stop one of them, have it leave ({program_name()} node leave --new-identity) and join anew.",
            code="node_cloned",
        )
    return access


def access_change(access: NodeAccess, state: MemberState, reason: str) -> None:
    """Note another state, and why."""
    access.state, access.state_reason, access.state_at = state, reason[:300], timezone.now()
    access.save(update_fields=["state", "state_reason", "state_at"])
