"""The rows of the console. What they may hold is checked in `mining.services`; reading goes through `mining.selectors`.

One file for each subject. A row is never written from a view, an admin form or an API route directly.
"""

from mining.models.access import ApiToken, IdempotentCall, LoginLink
from mining.models.coins import Coin, Wallet
from mining.models.events import Event
from mining.models.fleet import JoinToken, MemberState, NodeAccess
from mining.models.fleet_alerts import FleetAlert
from mining.models.history import JournalPosition, RateBlock
from mining.models.node_groups import GroupMember, NodeGroup, NodeTag
from mining.models.nodes import BenchmarkRun, Node
from mining.models.plans import Plan, PlanPool, PlanState, Receipt
from mining.models.pools import Endpoint, Pool
from mining.models.rollouts import Rollout, RolloutNode, RolloutStage, RolloutStep
from mining.models.shares import LinkEvent, PoolSession, Share

__all__ = [
    "ApiToken",
    "BenchmarkRun",
    "Coin",
    "Endpoint",
    "Event",
    "FleetAlert",
    "GroupMember",
    "IdempotentCall",
    "JoinToken",
    "JournalPosition",
    "LinkEvent",
    "LoginLink",
    "MemberState",
    "Node",
    "NodeAccess",
    "NodeGroup",
    "NodeTag",
    "Plan",
    "PlanPool",
    "PlanState",
    "Pool",
    "PoolSession",
    "RateBlock",
    "Receipt",
    "Rollout",
    "RolloutNode",
    "RolloutStage",
    "RolloutStep",
    "Share",
    "Wallet",
]
