"""What a change of the Plan costs: as a table, and as laws that hold for any two Plans."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.plan import Endpoint, Plan
from mining.engine.plan_change import (
    LIVE_FIELDS,
    NOTE_FIELDS,
    SOURCE_FIELDS,
    STRETCH_FIELDS,
    SWITCH_FIELDS,
    Step,
    steps_between,
)

KINDS = (LIVE_FIELDS, SOURCE_FIELDS, STRETCH_FIELDS, SWITCH_FIELDS, NOTE_FIELDS)
BASE = Plan("pool", "XMR", "rx/0", (0, 1), endpoints=(Endpoint("stratum+tcp", "a.example", 3333),), wallet="4A")
OTHER_POOL = (Endpoint("stratum+ssl", "b.example", 443, profile="snipa"),)
STEPS: list[tuple[dict[str, Any], tuple[Step, ...]]] = [
    ({}, ()),
    ({"version": 9, "pins": {"COIN": "x"}, "sources": {"COIN": "x"}, "payee_source": "console (plan 9)"}, ()),
    ({"duration_s": 60.0, "shares": 3, "held": {"wallet": "4B"}}, ()),
    ({"cores": (0,)}, (Step.FOLLOW,)),
    ({"intensity": 50}, (Step.FOLLOW,)),
    ({"is_paused": True}, (Step.FOLLOW,)),
    ({"endpoints": OTHER_POOL}, (Step.CHANGE_SOURCE,)),
    ({"wallet": "4B"}, (Step.CHANGE_SOURCE,)),
    ({"worker": "rig-2", "cores": (1,)}, (Step.CHANGE_SOURCE, Step.FOLLOW)),
    ({"kind": "offline", "endpoints": ()}, (Step.CHANGE_SOURCE,)),
    ({"pool_password": "secret"}, (Step.CHANGE_SOURCE,)),
    ({"algorithm": "scrypt", "coin": "LTC", "wallet": "ltc1"}, (Step.STOP, Step.START)),
    ({"mode": "light"}, (Step.STOP, Step.START)),
    ({"huge_pages": "off", "intensity": 3}, (Step.STOP, Step.START)),
    ({"priority": "idle"}, (Step.STOP, Step.START)),
    ({"is_started": False}, (Step.STOP,)),
    ({"is_started": False, "algorithm": "scrypt"}, (Step.STOP,)),
]

PLANS = st.builds(
    Plan,
    kind=st.sampled_from(["offline", "daemon", "pool"]),
    coin=st.sampled_from(["XMR", "LTC"]),
    algorithm=st.sampled_from(["rx/0", "rx/2", "scrypt"]),
    cores=st.sampled_from([(0,), (0, 1)]),
    intensity=st.sampled_from([0, 50, 100]),
    mode=st.sampled_from(["auto", "light"]),
    priority=st.sampled_from(["low", "idle"]),
    wallet=st.sampled_from(["", "4A"]),
    endpoints=st.sampled_from([(), BASE.endpoints, OTHER_POOL]),
    is_started=st.booleans(),
    is_paused=st.booleans(),
    version=st.integers(1, 3),
)


@pytest.mark.parametrize(("changes", "steps"), STEPS)
def test_a_change_takes_the_steps_that_it_needs_and_no_more(changes: dict[str, Any], steps: tuple[Step, ...]) -> None:
    assert steps_between(BASE, msgspec.structs.replace(BASE, **changes)) == steps


def test_every_field_of_a_plan_belongs_to_exactly_one_kind() -> None:
    for field in Plan.__struct_fields__:
        assert sum(field in kind for kind in KINDS) == 1, f"{field}: what has to happen for a change of it?"
    assert set().union(*KINDS) == set(Plan.__struct_fields__)


def test_without_a_stretch_of_mining_only_a_start_can_be_needed() -> None:
    assert steps_between(None, BASE) == (Step.START,)
    assert steps_between(None, msgspec.structs.replace(BASE, is_started=False)) == ()


@given(PLANS)
def test_the_same_plan_needs_nothing(plan: Plan) -> None:
    running = plan if plan.is_started else None
    assert steps_between(running, plan) == ()


@given(st.none() | PLANS.filter(lambda plan: plan.is_started), PLANS)
def test_steps_lead_to_the_plan_and_are_not_needed_again(running: Plan | None, wanted: Plan) -> None:
    for step in steps_between(running, wanted):
        match step:
            case Step.STOP:
                assert running is not None
                running = None
            case Step.START:
                assert running is None
                running = wanted
            case Step.FOLLOW | Step.CHANGE_SOURCE:
                assert running is not None
                fields = LIVE_FIELDS if step is Step.FOLLOW else SOURCE_FIELDS
                running = msgspec.structs.replace(running, **{field: getattr(wanted, field) for field in fields})
    assert steps_between(running, wanted) == ()
