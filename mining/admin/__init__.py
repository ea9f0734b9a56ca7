"""The admin of the console, on django-unfold. Every change goes through `mining.services`; roles decide, not flags."""

from mining.admin import access, coins, nodes, plans, pools, records
from mining.admin.site import console

__all__ = ["access", "coins", "console", "nodes", "plans", "pools", "records"]
