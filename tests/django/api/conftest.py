"""A console with one row of each kind, callers of every role by session and by token, and a node that answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from minerconsole.api.throttles import BENCHMARKS, CALLS, POOL_TESTS
from mining.engine.control import NotRunningError
from mining.errors import CannotStartError, MinerConsoleError, SourceUnavailableError
from mining.models import ApiToken, BenchmarkRun, Node, NodeGroup, Plan, Pool, PoolSession, Rollout, Share, Wallet
from mining.selectors import doctor, readiness
from mining.services import benchmarks, control, live_pins, node_status, plans, pool_tests
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
from tests.support.console import MONERO_ADDRESSES
from tests.support.visitors import HOST, client_for, make_user

ROLES = ("stranger", "roleless", "viewer", "operator", "admin")
_FRAME = Path(__file__).parents[2] / "vectors" / "frame_v1.json"


@dataclass
class FakeNode:
    """Answers the control socket's requests. `frame` may be changed; `refusal` is raised instead of an answer."""

    frame: dict[str, Any] = field(
        default_factory=lambda: {**json.loads(_FRAME.read_text()), "pins": {}, "offline": True, "state": "idle"}
    )
    asked: list[str] = field(default_factory=list)
    refusal: MinerConsoleError | None = None

    def request(self, _home: Path, op: str, timeout_s: float = 5.0, **_fields: object) -> dict[str, object]:
        """In the place of `mining.engine.control.request`."""
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(op)
        return {"ok": True, "frame": self.frame, "pid": 4711} if op == "status" else {"ok": True}

    def end(self) -> None:
        """Be a node that does not run."""
        self.refusal = NotRunningError("Nothing is running from here", next_step="Start it.")


@dataclass
class Console:
    """Its rows; `loose` ones are in no plan."""

    node: Node
    fake: FakeNode
    pool: Pool
    loose_pool: Pool
    wallet: Wallet
    loose_wallet: Wallet
    plan: Plan
    benchmark: BenchmarkRun
    token: ApiToken
    group: NodeGroup
    loose_group: NodeGroup
    rollout: Rollout


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """Calls of other tests do not count."""
    for throttle in (CALLS, POOL_TESTS, BENCHMARKS):
        throttle.forget()


@pytest.fixture
def fake_node(monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    """The node of this computer; benchmarks are not run, and no pool answers."""
    fake = FakeNode()
    for module in (control, node_status, plans, live_pins, readiness):
        monkeypatch.setattr(module, "request", fake.request)
    monkeypatch.setattr(benchmarks, "_follow", lambda *_: None)
    monkeypatch.setattr(pool_tests, "first_job", _no_answer)
    monkeypatch.setattr(doctor, "find_library", _no_library)
    return fake


async def _no_answer(_plan: object) -> Any:
    raise SourceUnavailableError("127.0.0.1:1 does not answer")


def _no_library(**_named: object) -> Any:
    raise CannotStartError("Its self-test takes seconds")


@pytest.fixture
def console(db: None, fake_node: FakeNode, settings: Any, tmp_path: Path) -> Console:
    """Make the rows."""
    settings.MINERCONSOLE_HOME = tmp_path
    return make_console(tmp_path, fake_node)


def make_console(home: Path, fake: FakeNode) -> Console:
    """One row of each kind in the database."""
    roles_ensure()
    coins_ensure()
    node, now = node_local(home), timezone.now()
    made = [
        pool_create(
            COMMAND_LINE,
            name=name,
            coin="XMR",
            endpoints=[EndpointInput("stratum+tcp", "127.0.0.1", port)],
            password="s3cret",
        )
        for name, port in (("near", 1), ("loose", 2))
    ]
    kept = [
        wallet_create(COMMAND_LINE, name=name, coin="XMR", address=address)
        for name, address in zip(("savings", "loose"), MONERO_ADDRESSES, strict=True)
    ]
    wish = PlanWish(coin=made[0].coin, wallet=kept[0], pools=(made[0],))
    plan = plan_create(COMMAND_LINE, node, wish, reason="the first")
    Share.objects.create(
        node=node, epoch="E", serial=1, at=now, outcome="accepted", algorithm="rx/0", core=0, difficulty=1000.0
    )
    PoolSession.objects.create(node=node, epoch="E", generation=1, endpoint="127.0.0.1:1", started_at=now)
    run = BenchmarkRun.objects.create(node=node, started_at=now, algorithm="rx/0", hashes=1000, state="done")
    token, _ = token_create(COMMAND_LINE, user=make_user("admin", name="token-owner"), name="script", role="viewer")
    Node.objects.filter(pk=node.pk).update(last_frame_at=now)
    hall, loose = group_create(COMMAND_LINE, name="hall", nodes=[node]), group_create(COMMAND_LINE, name="loose")
    rollout = Rollout.objects.create(
        group_name="gone", stage_at=now, created_at=now, actor_name="admin", actor_key="cli", actor_role=3,
        verify_s=900, hold_s=60, most_failed=0,
    )  # fmt: skip
    fake.asked.clear()
    return Console(node, fake, made[0], made[1], kept[0], kept[1], plan, run, token, hall, loose, rollout)


Caller = Callable[..., Client]


def token_client(role: str, name: str = "") -> Client:
    """A program with a token of `role`; a stranger's is made up, a roleless user's role was taken away."""
    if role == "stranger":
        secret = "mc_" + "x" * 40
    else:
        user = make_user("viewer" if role == "roleless" else role, name=name or f"program-{role}")
        word = "viewer" if role == "roleless" else role
        _, secret = token_create(COMMAND_LINE, user=user, name="program", role=word)
        if role == "roleless":
            user.groups.clear()
    return Client(headers={"host": HOST, "authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def session_client(role: str) -> Client:
    """A browser; whether it carries the CSRF token is judged elsewhere."""
    return client_for(make_user(role, name=f"person-{role}") if role != "stranger" else None)


@pytest.fixture
def admin(console: Console) -> Client:
    """A program that may do all that programs may."""
    return token_client("admin", "the-admin")
