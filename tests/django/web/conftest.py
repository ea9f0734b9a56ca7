"""A console with one row of each kind, and a browser for each role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mining.models import Event, JoinToken, Node, PlanState, Pool, PoolSession, Rollout, Share, Wallet
from mining.services.actors import COMMAND_LINE
from mining.services.coins import coins_ensure
from mining.services.endpoints import EndpointInput
from mining.services.node_groups import group_create
from mining.services.nodes import node_local
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_create
from mining.services.pools import pool_create
from mining.services.roles import roles_ensure
from mining.services.tokens import token_create
from mining.services.wallets import wallet_create
from tests.support.visitors import ROLES, client_for, make_user

FUND = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
OTHER = "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD"


@dataclass
class Console:
    """Its rows."""

    node: Node
    pool: Pool
    wallet: Wallet
    plan: Any
    rows: dict[str, Any]


@pytest.fixture
def console(db: None, settings: Any) -> Console:
    """Make the rows."""
    roles_ensure()
    coins_ensure()
    node = node_local(settings.MINERCONSOLE_HOME)
    pool = pool_create(
        COMMAND_LINE, name="test pool", coin="XMR", endpoints=[EndpointInput("stratum+tcp", "127.0.0.1", 1)]
    )
    wallet = wallet_create(COMMAND_LINE, name="savings", coin="XMR", address=FUND)
    plan = plan_create(COMMAND_LINE, node, PlanWish(coin=pool.coin, wallet=wallet, pools=(pool,)), reason="the first")
    owner = make_user("admin", name="token-owner")
    token, _ = token_create(COMMAND_LINE, user=owner, name="script", role="viewer")
    now = timezone.now()
    share = Share.objects.create(
        node=node, epoch="E", serial=1, at=now, outcome="accepted", algorithm="rx/0", core=0, difficulty=1000.0
    )
    session = PoolSession.objects.create(node=node, epoch="E", generation=1, endpoint="127.0.0.1:1", started_at=now)
    group = group_create(COMMAND_LINE, name="hall", nodes=[node])
    rollout = Rollout.objects.create(
        group_name="gone", stage_at=now, created_at=now, actor_name="admin", actor_key="cli", actor_role=3,
        verify_s=900, hold_s=60, most_failed=0,
    )  # fmt: skip
    invitation = JoinToken.objects.create(digest="0" * 64, prefix="mcj_000000", created_at=now, expires_at=now)
    rows = {
        "nodegroup": group, "rollout": rollout, "jointoken": invitation,
        "coin": pool.coin, "pool": pool, "wallet": wallet, "node": node, "plan": plan, "share": share,
        "poolsession": session, "event": Event.objects.all()[0], "apitoken": token, "user": owner,
        "group": owner.groups.get(),
    }  # fmt: skip
    assert plan.state == PlanState.QUEUED
    return Console(node, pool, wallet, plan, rows)


@pytest.fixture
def browsers(console: Console) -> dict[str, Client]:
    """One for each kind of visitor, each with a fresh login."""
    return {role: client_for(make_user(role) if role != "stranger" else None) for role in ROLES}
