"""Programs that chance never makes (reciprocals of 0 and of powers of two, …) against a plain reading of the rules.

The registers and the whole scratchpad must come out the same.
"""

from __future__ import annotations

import ctypes
import random
import struct
from collections.abc import Iterator

import pytest

from mining.native.randomx_kernel import KernelMachine, RandomXKernel
from tests.unit.native.light_kernel import ItemSource, kernel_in
from tests.unit.native.plain_program import OPCODES, Instruction, PlainProgram

PAD_BYTES = 2 << 20
ITERATIONS = 12
ITEM = [0x9E3779B97F4A7C15 * (number + 1) & (1 << 64) - 1 for number in range(8)]
EDGES = (0, 1, 2, 3, 63, 64, 1 << 16, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> RandomXKernel:
    return kernel_in(tmp_path_factory.mktemp("native"))


@pytest.fixture
def machine(kernel: RandomXKernel) -> Iterator[KernelMachine]:
    item = (ctypes.c_uint64 * 8)(*ITEM)
    source = ItemSource(lambda offset: ctypes.addressof(item))
    made = KernelMachine(kernel, None)
    kernel.c.mc_rx_set_item_source(made.pointer, ctypes.cast(source, ctypes.c_void_p))
    yield made
    made.destroy()


def _instruction(chance: random.Random, kind: str) -> Instruction:
    imm32 = chance.choice(EDGES) if chance.random() < 0.5 else chance.getrandbits(32)
    dst = chance.randrange(8)
    src = dst if chance.random() < 0.3 else chance.randrange(8)
    return Instruction(kind, dst, src, chance.randrange(256), imm32)


def _kinds(chance: random.Random, kind: str | None) -> list[str]:
    """256 kinds: of all, or half of them `kind`."""
    every = list(OPCODES)
    return [kind if kind and chance.random() < 0.5 else chance.choice(every) for _ in range(256)]


@pytest.mark.parametrize("kind", [None, *OPCODES])
def test_registers_and_scratchpad_are_those_of_a_plain_reading(
    kernel: RandomXKernel, machine: KernelMachine, kind: str | None
) -> None:
    chance = random.Random(f"program of {kind}")
    instructions = [_instruction(chance, each) for each in _kinds(chance, kind)]
    entropy = [chance.getrandbits(64) for _ in range(16)]
    machine.hash(b"a scratchpad of noise, and no program runs over it afterwards")
    pad = (ctypes.c_ubyte * PAD_BYTES).from_address(kernel.c.mc_rx_scratchpad(machine.pointer))
    plain = PlainProgram(instructions, entropy, bytearray(pad), ITEM)
    registers = (ctypes.c_uint64 * 32)()
    program = struct.pack("<16Q", *entropy) + b"".join(one.packed() for one in instructions)
    kernel.c.mc_rx_run_program(machine.pointer, program, ITERATIONS, registers)
    plain.run(ITERATIONS)
    assert [hex(word) for word in registers[:8]] == [hex(word) for word in plain.r]
    assert bytes(pad) == bytes(plain.pad)
