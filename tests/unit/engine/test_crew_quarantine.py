"""A core that computes wrong hashes is put aside after the third, and said so; the others go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mining.engine.crew import Crew
from tests.unit.engine.hostless_crew import Told, hostless_crew


@pytest.fixture
def told() -> Told:
    """What the Crew told its owner."""
    return Told()


@pytest.fixture
def crew(told: Told) -> Iterator[Crew]:
    """Cores 4 and 6, both chosen."""
    made = hostless_crew(told)
    yield made
    made.work.close()
    made.counters.close()


def test_slots_follow_the_order_of_the_cores(crew: Crew) -> None:
    assert [(slot.slot, slot.core) for slot in crew.wanted] == [(0, 4), (1, 6)]


def test_two_wrong_hashes_are_told_and_the_core_goes_on(crew: Crew, told: Told) -> None:
    crew.wrong_hash(6)
    crew.wrong_hash(6)
    assert [slot.core for slot in crew.wanted] == [4, 6]
    assert len(told.sentences) == 2 and "core 6" in told.sentences[1] and "2 times" in told.sentences[1]


def test_the_third_wrong_hash_puts_the_core_aside_and_the_others_go_on(crew: Crew, told: Told) -> None:
    for _ in range(4):
        crew.wrong_hash(6)
    assert [slot.core for slot in crew.wanted] == [4]
    assert told.workers == [(6, "quarantined")] and told.failures == []


def test_when_every_core_is_wrong_the_crew_fails_with_the_likely_causes(crew: Crew, told: Told) -> None:
    for core in (4, 6):
        for _ in range(3):
            crew.wrong_hash(core)
    (sentence,) = told.failures
    assert "RAM" in sentence and "overclocking" in sentence


def test_choosing_the_core_again_gives_it_another_chance(crew: Crew) -> None:
    for _ in range(3):
        crew.wrong_hash(6)
    crew.set_cores([4])
    crew.set_cores([4, 6])
    assert [slot.core for slot in crew.wanted] == [4, 6]
