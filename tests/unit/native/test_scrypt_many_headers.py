"""10,000 random headers in each lane position of our Scrypt kernels against OpenSSL."""

from __future__ import annotations

import ctypes
import random

import pytest

from mining.engine.boards import COUNTER_WORDS
from mining.native.hash_loop import LoopEnd
from mining.native.scrypt_kernel import ALL_NONCES, ScanState, ScryptMachine
from tests.unit.native.plain_scrypt import oracle
from tests.unit.native.scrypt_builds import scrypt_kernel_in

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
HEADERS = 10_000


def test_ten_thousand_random_headers_have_the_hashes_of_openssl(tmp_path_factory: pytest.TempPathFactory) -> None:
    machine = ScryptMachine(scrypt_kernel_in(tmp_path_factory.mktemp("native")), 1024)
    board, row = (ctypes.c_uint64 * 4)(), (ctypes.c_uint64 * COUNTER_WORDS)()
    chance = random.Random(4)
    checked = 0
    while checked < HEADERS:
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
        state.set_target((1 << 256) - 1)
        for nonce in range(start, start + machine.lanes):
            assert machine.scan(state) is LoopEnd.CANDIDATE
            header = data.raw[:76] + nonce.to_bytes(4, "little")
            assert state.found == (nonce, oracle(header)), header.hex()
            checked += 1
    assert row[1] == checked == HEADERS + -HEADERS % machine.lanes
    machine.destroy()
