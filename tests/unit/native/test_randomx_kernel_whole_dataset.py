"""Our RandomX kernel over a real dataset (2.1 GiB, built once), hash by hash against the library's fast mode."""

from __future__ import annotations

import random

import pytest

from benchmarks.kernel_ratio import filled_dataset
from mining.algorithms.randomx.library import VirtualMachine
from mining.algorithms.randomx.vectors import KNOWN_ANSWERS
from mining.native.randomx_kernel import KernelMachine, Turns
from tests.unit.algorithms.light_library import library_for
from tests.unit.native.light_kernel import kernel_in

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
KEY = b"test key 000"
INPUTS = 2000


def test_two_thousand_hashes_are_those_of_the_library(tmp_path_factory: pytest.TempPathFactory) -> None:
    library = library_for("rx/0")
    kernel = kernel_in(tmp_path_factory.mktemp("native"))
    memory, dataset, address = filled_dataset(library, KEY)
    oracle = VirtualMachine(library, library.vm_flags(is_fast=True, is_v2=False), dataset=dataset)
    machine = KernelMachine(kernel, address)
    for answer in KNOWN_ANSWERS:
        if answer.key == KEY:
            assert machine.hash(answer.data).hex() == answer.v1
    chance = random.Random(7)
    inputs = [chance.randbytes(chance.randrange(300)) for _ in range(INPUTS)]
    for turns in (Turns.IN_TURNS, Turns.ALONE):
        machine.turns = turns
        half = inputs[:: 2 if turns is Turns.ALONE else 1]
        machine.first(machine.pointer, half[0], len(half[0]))
        for data, following in zip(half, [*half[1:], b""], strict=True):
            machine.next(machine.pointer, following, len(following), machine.hash_buffer)
            assert machine.hash_buffer.raw == oracle.hash(data), f"{turns.name}: {data.hex()}"
    machine.destroy()
    oracle.destroy()
    del memory
