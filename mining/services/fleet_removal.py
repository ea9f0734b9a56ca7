"""Lets a machine of the fleet go."""

from __future__ import annotations

import logging

from mining.models import MemberState, Node, NodeAccess
from mining.services.actors import Actor, Role, require
from mining.services.errors import ConflictError
from mining.services.events import event_record
from mining.services.fleet_access import access_change, access_of
from mining.services.fleet_broker import broker_client, user_take
from mining.services.fleet_orders import command_send

_HEARS_S = 5.0

logger = logging.getLogger(__name__)


def node_remove(actor: Actor, node: Node) -> NodeAccess:
    """Let a machine go: it is told, and its user at the broker is taken away. Its rows stay. Needs an administrator.

    One that does not hear it follows nobody any more either: nothing reaches it. Raises ForbiddenError, ConflictError.
    """
    require(actor, Role.ADMIN, "remove machines from the fleet")
    access = access_of(node)
    if access.state == MemberState.LEFT:
        return access
    _tell(node)
    with broker_client() as client:
        user_take(client, node.ulid)
    access_change(access, MemberState.LEFT, f"removed by {actor.name}")
    sentence = f"{actor.name} removed {node} from the fleet"
    event_record(actor, kind="fleet.removed", level="warning", sentence=sentence, node=node, target=node)
    return access


def _tell(node: Node) -> None:
    """Have the machine leave. Whatever comes of it, its user is taken away next."""
    try:
        command_send(node, "leave", wait_s=_HEARS_S)
    except ConflictError:
        return  # a clone is not told: one of both may be the owner's
    except Exception:
        logger.exception("%s could not be told to leave", node)
