"""From a configuration to the Plan of the Supervisor."""

from __future__ import annotations

import os
from typing import Any

from mining.configuration import build_plan
from mining.engine.plan import plan_from_json, plan_to_json


def test_a_daemon_plan_carries_payee_place_and_pins(resolved: Any, fund: str, daemon: str) -> None:
    plan = build_plan(
        resolved(file=f"WALLET={fund}\n", pool=[daemon], cores="0,2", intensity="50", shares="3", duration="60")
    )

    assert (plan.kind, plan.coin, plan.algorithm) == ("daemon", "XMR", "rx/0")
    assert (plan.wallet, plan.payee_source) == (fund, "mining_config.env:1")
    assert (plan.cores, plan.intensity, plan.shares, plan.duration_s) == ((0, 2), 50, 3, 60.0)
    assert plan.endpoints[0].label == "127.0.0.1:18081"
    assert plan.pins["CORES"] == "command line (--cores)"
    assert plan_from_json(plan_to_json(plan)) == plan


def test_an_offline_plan_has_no_payee(resolved: Any, fund: str) -> None:
    plan = build_plan(resolved(file=f"WALLET={fund}\n", offline=True, cores="0", difficulty="500"))

    assert (plan.kind, plan.wallet, plan.payee_source) == ("offline", "", "offline")
    assert plan.difficulty == 500
    assert plan.endpoints == ()


def test_the_machine_chooses_cores_when_nobody_did(resolved: Any) -> None:
    assert set(build_plan(resolved()).cores) <= os.sched_getaffinity(0)
    assert build_plan(resolved()).cores


def test_threads_become_as_many_cores(resolved: Any) -> None:
    assert len(build_plan(resolved(threads="1")).cores) == 1
