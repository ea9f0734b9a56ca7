"""The admin of the console, on django-unfold. Every change goes through `mining.services`; roles decide, not flags."""

from mining.admin import access, coins, invitations, node_groups, nodes, plans, pools, records, rollouts
from mining.admin.site import console

__all__ = ["access", "coins", "console", "invitations", "node_groups", "nodes", "plans", "pools", "records", "rollouts"]
