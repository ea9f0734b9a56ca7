"""10,000 random headers in each lane position of each of our Scrypt kernels against OpenSSL."""

from __future__ import annotations

import ctypes
import random

import pytest

from mining.engine.boards import COUNTER_WORDS
from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_kernel import ALL_NONCES, ScanState, ScryptMachine
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import KERNELS, LOWERED, lowered_kernel_in, row_named, scrypt_kernel_in

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
HEADERS = 10_000
ANY_HASH = (1 << 256) - 1


@pytest.fixture(params=[*KERNELS, LOWERED])
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ScryptMachine:
    folder = tmp_path_factory.mktemp("native")
    kernel = lowered_kernel_in(folder) if request.param == LOWERED else scrypt_kernel_in(folder)
    machine = ScryptMachine(kernel, 1024, most_lanes=row_named(kernel, request.param).lanes)
    assert machine.kernel_name == request.param
    return machine


def test_ten_thousand_random_headers_have_the_hashes_of_openssl_in_each_lane(machine: ScryptMachine) -> None:
    board, row = (ctypes.c_uint64 * 4)(), (ctypes.c_uint64 * COUNTER_WORDS)()
    chance = random.Random(4)
    for _ in range(HEADERS):
        data = ctypes.create_string_buffer(chance.randbytes(80), 80)
        start = chance.randrange(ALL_NONCES - machine.lanes)
        state = ScanState(
            board=ctypes.addressof(board),
            row=ctypes.addressof(row),
            header=ctypes.addressof(data),
            intensity_at=1,
            cursor=start,
            end=start + machine.lanes,
        )
        state.set_target(ANY_HASH)
        for nonce in range(start, start + machine.lanes):
            assert machine.scan(state) is LoopEnd.CANDIDATE
            header = data.raw[:76] + nonce.to_bytes(4, "little")
            assert state.found == (nonce, oracle(header)), header.hex()
    assert row[1] == HEADERS * machine.lanes
    machine.destroy()
