"""The slate: what a Supervisor wrote is there for the next one, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mining.engine.plan import Endpoint, Plan
from mining.engine.plan_slate import PlanSlate, SlatedPlans

LONG = Plan(
    "pool", "XMR", "rx/0", (0,), endpoints=(Endpoint("stratum+tcp", "a", 1, password="secret"),), wallet="4" * 95
)
SHORT = Plan("offline", "XMR", "rx/0", (0,))


@pytest.fixture
def slate() -> Iterator[PlanSlate]:
    made = PlanSlate.create()
    yield made
    made.close()


def test_an_empty_slate_holds_nothing(slate: PlanSlate) -> None:
    assert slate.read() is None


def test_the_newest_plans_are_read_through_another_descriptor(slate: PlanSlate) -> None:
    for plans in (SlatedPlans(LONG, SHORT, is_changed=True), SlatedPlans(SHORT)):
        slate.write(plans)
        other = PlanSlate(os.dup(slate.fd))
        assert other.read() == plans
        other.close()


@pytest.mark.parametrize("cut", [0, 3, 4, 50, 400])
def test_what_a_killed_writer_left_is_nothing(slate: PlanSlate, cut: int) -> None:
    slate.write(SlatedPlans(LONG))
    os.ftruncate(slate.fd, cut)
    assert slate.read() is None


def test_a_plan_over_a_part_of_another_is_nothing(slate: PlanSlate) -> None:
    slate.write(SlatedPlans(LONG))
    os.pwrite(slate.fd, b"x", 40)
    assert slate.read() is None
