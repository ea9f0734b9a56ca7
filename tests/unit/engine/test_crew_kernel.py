"""Where our RandomX kernel fails on a core, it is told once, and the library takes over before the core is blamed."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from mining.engine.boards import Command, Counter, Kernel
from mining.engine.crew import Crew
from tests.unit.engine.hostless_crew import Told, hostless_crew


@pytest.fixture
def told() -> Told:
    """What the Crew told its owner."""
    return Told()


@pytest.fixture
def crew(told: Told) -> Iterator[Crew]:
    """Cores 4 and 6, both hashing with our kernel."""
    made = hostless_crew(told)
    for slot in made.slots:
        slot.started(pid=1000 + slot.core)
        _hashes_with(made, slot.core, Kernel.OWN)
    yield made
    made.work.close()
    made.counters.close()


def _hashes_with(crew: Crew, core: int, kernel: Kernel) -> None:
    slot = next(slot for slot in crew.slots if slot.core == core)
    row = crew.counters.row(slot.slot)
    row[Counter.KERNEL] = kernel
    row.release()


def _is_asked_to_exit(crew: Crew, slot: int) -> bool:
    return crew.work.words[crew.work.command_at(slot)] & 0xFF == Command.EXIT


@pytest.mark.parametrize(
    ("kernel", "level", "words"),
    [(Kernel.OWN_FAILED, "error", "failed its self-test"), (Kernel.OWN_REFUSED, "warning", "no memory")],
)
def test_why_the_kernel_does_not_hash_is_told_once(
    crew: Crew, told: Told, kernel: Kernel, level: str, words: str
) -> None:
    _hashes_with(crew, 6, kernel)
    for slot in crew.slots:
        slot.ended()
    crew.round()
    crew.round()
    ((said, sentence),) = told.log
    assert said == level and "core 6" in sentence and words in sentence and "library" in sentence


@pytest.mark.parametrize("kernel", [Kernel.OWN_FAILED, Kernel.OWN_REFUSED])
def test_for_scrypt_its_own_kernel_is_named_and_what_its_absence_costs(told: Told, kernel: Kernel) -> None:
    crew = hostless_crew(told, "scrypt")
    _hashes_with(crew, 6, kernel)
    crew.round()
    ((_, sentence),) = told.log
    assert "our Scrypt kernel" in sentence and "hashlib" in sentence and "several times slower" in sentence
    crew.work.close()
    crew.counters.close()


def test_a_kernel_that_hashes_or_is_tested_is_not_worth_a_word(crew: Crew, told: Told) -> None:
    _hashes_with(crew, 6, Kernel.OWN_IN_TEST)
    for slot in crew.slots:
        slot.ended()
    crew.round()
    assert told.log == []


def test_a_disproved_hash_of_the_kernel_has_its_worker_replaced_by_one_with_the_library(crew: Crew, told: Told) -> None:
    crew.wrong_hash(6)
    assert crew.work.is_kernel_forbidden(1) and _is_asked_to_exit(crew, 1)
    assert not crew.work.is_kernel_forbidden(0) and not _is_asked_to_exit(crew, 0)
    ((level, sentence),) = told.log
    assert level == "error" and "core 6" in sentence and "disproved" in sentence and "library" in sentence


def test_what_the_kernel_found_before_it_was_replaced_is_not_held_against_the_core(crew: Crew, told: Told) -> None:
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    with patch("mining.engine.crew.faults.time", clock):
        for _ in range(4):
            crew.wrong_hash(6)
        _hashes_with(crew, 6, Kernel.OWN_FAILED)
        crew.wrong_hash(6)
        assert [slot.core for slot in crew.wanted] == [4, 6] and len(told.log) == 1
        assert crew.slots[1].wrong_hashes == 5, "they are still counted as errors"


def test_three_disproved_hashes_of_the_library_in_its_place_quarantine_the_core(crew: Crew, told: Told) -> None:
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    with patch("mining.engine.crew.faults.time", clock):
        crew.wrong_hash(6)
        _hashes_with(crew, 6, Kernel.OWN_FAILED)
        clock.monotonic = lambda: 200.0
        crew.wrong_hash(6)
        crew.wrong_hash(6)
        assert [slot.core for slot in crew.wanted] == [4, 6]
        crew.wrong_hash(6)
    assert [slot.core for slot in crew.wanted] == [4]
    assert "3 times" in told.sentences[-1]
