"""Plans that were made while the miner did not run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mining.engine.control import NotRunningError
from mining.models import Node, PlanState
from mining.services import live_pins, plans
from mining.services.plan_wishes import PlanWish
from mining.services.plans import plan_apply, receipt_record
from mining.telemetry.recorder.waiting_plans import WaitingPlans
from tests.django.console import plan_rows as rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> list[str]:
    """What the Node was asked; it runs from the second test step on."""
    settings.MINERCONSOLE_HOME = tmp_path
    found: list[str] = []

    def nobody(*_: object, **__: object) -> dict[str, object]:
        raise NotRunningError("Nothing is running")

    monkeypatch.setattr(plans, "request", nobody)
    monkeypatch.setattr(live_pins, "request", nobody)
    return found


@pytest.fixture
def node(asked: list[str]) -> Node:
    return rows.node()


def runs(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    def answer(_home: Path, op: str, timeout_s: float = 5.0, **_: object) -> dict[str, object]:
        asked.append(op)
        return {"ok": True}

    monkeypatch.setattr(plans, "request", answer)


def test_a_waiting_plan_is_handed_over_once_for_each_supervisor(
    node: Node, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_apply(rows.ADMIN, node, PlanWish(is_offline=True))
    runs(monkeypatch, asked)
    waiting = WaitingPlans()
    waiting.step(node)
    assert asked == []
    waiting.seen("first")
    waiting.step(node)
    waiting.step(node)
    plan.refresh_from_db()
    assert asked == ["apply_plan"]
    assert plan.state == PlanState.DELIVERED


def test_what_the_run_before_never_verified_has_failed(
    node: Node, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_apply(rows.ADMIN, node, PlanWish(is_offline=True))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    receipt_record(node, version=plan.version, digest=plan.digest, state="applied", reason="", at=at)
    runs(monkeypatch, asked)
    waiting = WaitingPlans()
    waiting.seen("first")
    waiting.step(node)
    plan.refresh_from_db()
    assert plan.state == PlanState.FAILED
    assert asked == []


def test_a_supervisor_that_was_started_again_goes_on_with_its_plan(
    node: Node, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = WaitingPlans()
    waiting.seen("first")
    waiting.step(node)
    runs(monkeypatch, asked)
    plan = plan_apply(rows.ADMIN, node, PlanWish(is_offline=True))
    waiting.seen("second")
    waiting.step(node)
    plan.refresh_from_db()
    assert plan.state == PlanState.DELIVERED


def test_a_plan_that_was_handed_over_before_the_first_frame_is_under_way_and_not_failed(
    node: Node, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = WaitingPlans()
    runs(monkeypatch, asked)
    plan = plan_apply(rows.ADMIN, node, PlanWish(is_offline=True))
    waiting.seen("first")
    waiting.step(node)
    plan.refresh_from_db()
    assert plan.state == PlanState.DELIVERED
