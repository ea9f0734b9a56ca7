"""The memory row of a Frame: fast and light are of RandomX, scratchpads only of Scrypt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mining.engine.boards import Counter
from mining.engine.crew import Crew
from mining.telemetry.frames import FrameParts
from tests.unit.engine.hostless_crew import Told, hostless_crew


@pytest.fixture
def parts() -> Iterator[FrameParts]:
    made = FrameParts(0.0)
    yield made
    made.close()


@pytest.fixture(params=["rx/0", "scrypt"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    """Two cores of each algorithm; each worker got three huge pages."""
    made = hostless_crew(Told(), request.param)
    for slot in made.slots:
        slot.pid = 1
        row = made.counters.row(slot.slot)
        row[Counter.HUGE_SCRATCHPAD] = 3
        row.release()
    yield made
    made.work.close()
    made.counters.close()


def test_the_mode_is_that_of_the_algorithm_and_scratchpads_are_counted(parts: FrameParts, crew: Crew) -> None:
    is_scrypt = crew.settings.algorithm.name == "scrypt"
    row = parts.memory(crew, "auto")
    assert row.mode == ("none" if is_scrypt else "light")
    assert (row.huge_pages.got, row.huge_pages.kind) == (6, "thp" if is_scrypt else "hugetlb")
    assert row.dataset_s is None


@pytest.mark.parametrize(("planned", "mode"), [("auto", "auto"), ("none", "none")])
def test_before_the_first_crew_the_mode_is_the_planned_one(parts: FrameParts, planned: str, mode: str) -> None:
    assert parts.memory(None, planned).mode == mode


def test_after_a_crew_its_mode_stays_while_the_plan_is_of_its_kind(parts: FrameParts, crew: Crew) -> None:
    before = parts.memory(crew, "auto").mode
    assert parts.memory(None, "none").mode == "none"
    assert parts.memory(None, "fast").mode == ("fast" if before == "none" else before)
