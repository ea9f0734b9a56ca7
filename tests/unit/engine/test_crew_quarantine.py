"""A core that computes wrong hashes is put aside after the third, and said so; the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mining.algorithms.registry import algorithm_named
from mining.engine.crew import Crew, CrewEvents, CrewSettings


@dataclass
class _Told:
    workers: list[tuple[int, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


@pytest.fixture
def told() -> _Told:
    """What the Crew told its owner."""
    return _Told()


@pytest.fixture
def crew(told: _Told) -> Iterator[Crew]:
    """A Crew of cores 4 and 6 whose Host was never started."""
    events = CrewEvents(
        candidate=lambda core, generation, nonce, result, found_at: None,
        worker=lambda core, state, text, restarts: told.workers.append((core, state)),
        log=lambda level, sentence: told.sentences.append(sentence),
        failed=told.failures.append,
    )
    settings = CrewSettings(
        library=Path("none"),
        algorithm=algorithm_named("rx/0"),
        is_fast=False,
        huge_pages="off",
        priority="low",
        large_pages=False,
    )
    made = Crew(settings, events, cpus=[6, 4])
    made.set_cores([4, 6])
    yield made
    made.work.close()
    made.counters.close()


def test_slots_follow_the_order_of_the_cores(crew: Crew) -> None:
    assert [(slot.slot, slot.core) for slot in crew.wanted] == [(0, 4), (1, 6)]


def test_two_wrong_hashes_are_told_and_the_core_goes_on(crew: Crew, told: _Told) -> None:
    crew.wrong_hash(6)
    crew.wrong_hash(6)
    assert [slot.core for slot in crew.wanted] == [4, 6]
    assert len(told.sentences) == 2 and "core 6" in told.sentences[1] and "2 times" in told.sentences[1]


def test_the_third_wrong_hash_puts_the_core_aside_and_the_others_go_on(crew: Crew, told: _Told) -> None:
    for _ in range(4):
        crew.wrong_hash(6)
    assert [slot.core for slot in crew.wanted] == [4]
    assert told.workers == [(6, "quarantined")] and told.failures == []


def test_when_every_core_is_wrong_the_crew_fails_with_the_likely_causes(crew: Crew, told: _Told) -> None:
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
