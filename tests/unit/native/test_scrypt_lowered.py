"""The text of the AVX-512 kernel on any machine, its 64-byte vectors lowered by the compiler.

What only a CPU with AVX-512 can show is whether the compiler chose the right instructions for the same text.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mining.native.scrypt_kernel import ScryptKernel, ScryptMachine
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import LOWERED, lowered_kernel_in, scrypt_kernel_in

SAMPLES = 64
WIDEST = 4
"""Chains of four headers that fill all sixteen words of a vector in SHA-256."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(0, id="as_it_ships"),
        pytest.param(1, id="one_chain", marks=pytest.mark.soak),
        pytest.param(WIDEST, id="all_words", marks=pytest.mark.soak),
    ],
)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ScryptKernel:
    return lowered_kernel_in(tmp_path_factory.mktemp("native"), request.param)


def test_each_lane_has_the_hashes_of_openssl(kernel: ScryptKernel) -> None:
    chance, machine = random.Random(6), ScryptMachine(kernel, 1024)
    assert machine.kernel_name == LOWERED
    for number, data in enumerate([bytes(80), b"\xff" * 80, *(chance.randbytes(80) for _ in range(SAMPLES))]):
        assert machine.hash(data, number % machine.lanes) == oracle(data), (data.hex(), number % machine.lanes)
    machine.destroy()


@pytest.mark.parametrize("power", range(1, 13))
def test_each_n_gives_the_hashes_of_openssl_in_the_last_lane(kernel: ScryptKernel, power: int) -> None:
    data, machine = random.Random(power).randbytes(80), ScryptMachine(kernel, 1 << power)
    assert machine.hash(data, machine.lanes - 1) == oracle(data, 1 << power)
    machine.destroy()


@pytest.mark.soak
def test_it_has_as_many_lanes_as_the_kernel_for_avx512(tmp_path: Path) -> None:
    ours = {row.name: row.lanes for row in scrypt_kernel_in(tmp_path).kernels}
    if "avx512" not in ours:
        pytest.skip("no kernel for AVX-512 is made for this kind of processor")
    assert lowered_kernel_in(tmp_path).kernels[0].lanes == ours["avx512"]
