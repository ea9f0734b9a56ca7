"""RandomX against its known answers in light mode: one by one, pipelined, and under the v2 rules."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mining.algorithms.randomx import selftest
from mining.algorithms.randomx.library import Flag, RandomXLibrary, VirtualMachine, commitment
from mining.algorithms.randomx.selftest import run_known_answers
from mining.algorithms.randomx.vectors import KNOWN_ANSWERS, KnownAnswer
from tests.unit.algorithms.light_library import cache_for, library_for

BY_NAME = {answer.name: answer for answer in KNOWN_ANSWERS}
SAME_KEY = [BY_NAME[name] for name in "abc"]


@contextmanager
def _machine(library: RandomXLibrary, key: bytes, *, is_v2: bool = False) -> Iterator[VirtualMachine]:
    flags = library.vm_flags(is_fast=False, is_v2=is_v2)
    machine = VirtualMachine(library, flags, cache=cache_for(library, key))
    try:
        yield machine
    finally:
        machine.destroy()


@pytest.mark.parametrize("answer", KNOWN_ANSWERS, ids=lambda answer: answer.name)
def test_commitments_of_the_vectors_follow_from_their_raw_hashes(answer: KnownAnswer) -> None:
    assert commitment(answer.data, bytes.fromhex(answer.v2)).hex() == answer.v2_commitment


@pytest.mark.parametrize("answer", SAME_KEY, ids=lambda answer: answer.name)
def test_a_hash_is_the_known_answer(answer: KnownAnswer) -> None:
    with _machine(library_for("rx/0"), answer.key) as machine:
        assert machine.hash(answer.data).hex() == answer.v1
        assert machine.work(answer.data).hex() == answer.v1, "for rx/0 the hash itself is compared"


@pytest.fixture
def kept_rounding() -> Iterator[None]:
    """The pipelined calls leave the thread's floating-point state as the last program set it (rounding, subnormals):
    fine in a Core worker, which counts in integers, but not in a process that runs other tests."""
    libm = ctypes.CDLL("libm.so.6")
    state = ctypes.create_string_buffer(256)
    libm.fegetenv(state)
    yield
    libm.fesetenv(state)


@pytest.mark.usefixtures("kept_rounding")
def test_the_pipelined_calls_give_the_same_hashes_each_one_call_later() -> None:
    library = library_for("rx/0")
    with _machine(library, SAME_KEY[0].key) as machine:
        buffers = [ctypes.create_string_buffer(answer.data, len(answer.data)) for answer in SAME_KEY]
        out, results = machine.hash_buffer, []
        library.c.randomx_calculate_hash_first(machine.pointer, buffers[0], len(buffers[0]))
        for buffer in buffers[1:]:
            library.c.randomx_calculate_hash_next(machine.pointer, buffer, len(buffer), out)
            results.append(out.raw.hex())
        library.c.randomx_calculate_hash_last(machine.pointer, out)
        results.append(out.raw.hex())
    assert results == [answer.v1 for answer in SAME_KEY]


@pytest.mark.parametrize("answer", SAME_KEY, ids=lambda answer: answer.name)
def test_a_v2_library_gives_raw_hash_and_commitment_of_rx_2(answer: KnownAnswer) -> None:
    with _machine(library_for("rx/2"), answer.key, is_v2=True) as machine:
        assert machine.is_v2
        assert machine.hash(answer.data).hex() == answer.v2
        assert machine.work(answer.data).hex() == answer.v2_commitment


def test_the_interpreter_agrees_with_the_jit() -> None:
    library, answer = library_for("rx/0"), BY_NAME["a"]
    flags = library.vm_flags(is_fast=False, is_v2=False) & ~Flag.JIT
    machine = VirtualMachine(library, flags, cache=cache_for(library, answer.key))
    assert machine.hash(answer.data).hex() == answer.v1
    machine.destroy()
    machine.destroy()


def test_the_self_test_passes_a_right_library() -> None:
    assert run_known_answers(library_for("rx/0"), names="a") == []


def test_the_self_test_names_the_answers_that_a_library_gets_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = KnownAnswer("a", BY_NAME["a"].key, b"another input", BY_NAME["a"].v1, BY_NAME["a"].v2, "")
    monkeypatch.setattr(selftest, "KNOWN_ANSWERS", (wrong,))
    assert "v1:a" in run_known_answers(library_for("rx/0"))


def test_the_same_seed_again_costs_nothing() -> None:
    library, answer = library_for("rx/0"), BY_NAME["a"]
    kept = cache_for(library, answer.key)
    before = kept.pointer
    kept.initialise(answer.key)
    assert kept.seed == answer.key and kept.pointer == before


def test_flags_of_a_machine_follow_mode_version_and_pages() -> None:
    library = library_for("rx/0")
    light = library.vm_flags(is_fast=False, is_v2=False)
    assert not light & (Flag.FULL_MEM | Flag.V2 | Flag.LARGE_PAGES)
    assert library.vm_flags(is_fast=True, is_v2=False) == light | Flag.FULL_MEM
    assert library.vm_flags(is_fast=False, is_v2=True, large_pages=True) == light | Flag.V2 | Flag.LARGE_PAGES
