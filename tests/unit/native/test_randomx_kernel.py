"""Our RandomX kernel against known answers and against the library, item by item from a light cache.

Its generated code is that of fast mode but for where a dataset item comes from. A hash runs 2,048 random instructions
2,048 times, and one wrong bit in any register changes it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest

from mining.algorithms.randomx.library import HASH_BYTES, RandomXLibrary, VirtualMachine
from mining.algorithms.randomx.vectors import KNOWN_ANSWERS, KnownAnswer
from mining.native.randomx_kernel import KernelMachine, RandomXKernel, Turns
from tests.unit.algorithms.light_library import cache_for, library_for
from tests.unit.native.light_kernel import LightItems, kernel_in

KEY = b"test key 000"
SAME_KEY = [answer for answer in KNOWN_ANSWERS if answer.name in "abc"]
ITEMS_PER_HASH = 8 * 2048
TRIALS = 36  # of machine.c
THP = Path("/sys/kernel/mm/transparent_hugepage")
INPUTS = [bytes([number]) * length for number, length in enumerate((0, 1, 43, 76, 127, 128, 129, 256, 300))]


@pytest.fixture(scope="module")
def library() -> RandomXLibrary:
    return library_for("rx/0")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> RandomXKernel:
    return kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture
def items(library: RandomXLibrary) -> LightItems:
    return LightItems(library, cache_for(library, KEY))


@pytest.fixture
def machine(kernel: RandomXKernel, items: LightItems) -> Iterator[KernelMachine]:
    made = KernelMachine(kernel, None)
    items.feed(kernel, made)
    yield made
    made.destroy()


@pytest.fixture
def oracle(library: RandomXLibrary) -> Iterator[VirtualMachine]:
    flags = library.vm_flags(is_fast=False, is_v2=False)
    made = VirtualMachine(library, flags, cache=cache_for(library, KEY))
    yield made
    made.destroy()


@pytest.mark.parametrize("answer", SAME_KEY, ids=lambda answer: answer.name)
def test_a_known_answer_comes_out(machine: KernelMachine, items: LightItems, answer: KnownAnswer) -> None:
    assert machine.hash(answer.data).hex() == answer.v1
    assert items.calls == 2 * ITEMS_PER_HASH  # in turns and alone


@pytest.mark.parametrize("turns", [Turns.ALONE, Turns.IN_TURNS])
def test_pipelined_hashes_are_those_of_the_library(
    machine: KernelMachine, oracle: VirtualMachine, turns: Turns
) -> None:
    machine.turns = turns
    pointer, out = machine.pointer, machine.hash_buffer
    found = []
    machine.first(pointer, INPUTS[0], len(INPUTS[0]))
    for data in INPUTS[1:]:
        machine.next(pointer, data, len(data), out)
        found.append(out.raw)
    machine.last(pointer, out)
    found.append(out.raw)
    assert found == [oracle.hash(data) for data in INPUTS]


def test_two_machines_do_not_disturb_each_other(
    kernel: RandomXKernel, machine: KernelMachine, library: RandomXLibrary
) -> None:
    other = KernelMachine(kernel, None)
    first, second = SAME_KEY[0], SAME_KEY[1]
    source = LightItems(library, cache_for(library, KEY))
    source.feed(kernel, other)
    found = ctypes.create_string_buffer(HASH_BYTES)
    machine.first(machine.pointer, first.data, len(first.data))
    other.first(other.pointer, second.data, len(second.data))
    machine.last(machine.pointer, machine.hash_buffer)
    other.last(other.pointer, found)
    other.destroy()
    assert (machine.hash_buffer.raw.hex(), found.raw.hex()) == (first.v1, second.v1)


@pytest.mark.soak
def test_a_trial_begins_anew_and_ends_with_a_choice_and_right_hashes(machine: KernelMachine, items: LightItems) -> None:
    answer, pointer, out = SAME_KEY[0], machine.pointer, machine.hash_buffer
    found = set()
    machine.first(pointer, answer.data, len(answer.data))
    machine.next(pointer, answer.data, len(answer.data), out)
    machine.turns = Turns.BY_TRIAL
    for _ in range(TRIALS):
        assert machine.turns is Turns.BY_TRIAL
        machine.next(pointer, answer.data, len(answer.data), out)
        found.add(out.raw.hex())
    assert machine.turns in (Turns.ALONE, Turns.IN_TURNS)
    assert found == {answer.v1}


@pytest.mark.parametrize(("turns", "pads"), [(Turns.ALONE, 1), (Turns.IN_TURNS, 2)])
def test_only_in_turns_a_second_scratchpad_is_used(
    kernel: RandomXKernel, machine: KernelMachine, turns: Turns, pads: int
) -> None:
    pointer, out = machine.pointer, machine.hash_buffer
    machine.turns = turns
    used = {kernel.c.mc_rx_scratchpad(pointer)}
    machine.first(pointer, b"", 0)
    machine.next(pointer, b"", 0, out)
    used.add(kernel.c.mc_rx_scratchpad(pointer))
    assert len(used) == pads


@pytest.mark.skipif(not THP.exists(), reason="this system has no transparent huge pages")
@pytest.mark.parametrize("is_asked", [True, False])
def test_huge_pages_are_asked_for_only_where_they_are_wanted(kernel: RandomXKernel, is_asked: bool) -> None:
    made = KernelMachine(kernel, None, transparent_pages=is_asked)
    assert ("hg" in flags_of_memory(kernel.c.mc_rx_scratchpad(made.pointer))) is is_asked
    made.destroy()


def flags_of_memory(address: int) -> list[str]:
    """The kernel's flags of the mapping that holds `address` (VmFlags, proc(5))."""
    is_there = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if "-" in name and not name.endswith(":"):
            start, end = (int(edge, 16) for edge in name.split("-"))
            is_there = start <= address < end
        elif is_there and name == "VmFlags:":
            return rest.split()
    raise AssertionError("no such mapping")


def test_the_rounding_mode_of_the_caller_survives(machine: KernelMachine) -> None:
    rounding_mode = ctypes.CDLL(None).fegetround  # every program leaves its own
    before = rounding_mode()
    for number in range(4):
        machine.first(machine.pointer, bytes([number]), 1)
        assert rounding_mode() == before
        machine.next(machine.pointer, b"", 0, machine.hash_buffer)
        assert rounding_mode() == before
        machine.last(machine.pointer, machine.hash_buffer)
        assert rounding_mode() == before
