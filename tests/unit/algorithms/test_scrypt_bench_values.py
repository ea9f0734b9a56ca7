"""The check value of the Scrypt benchmark, computed again with another implementation than the one that made it."""

from __future__ import annotations

import scrypt

from mining.algorithms.bench_values import CHECK_VALUES, INPUTS, BenchInput


def test_the_input_is_a_header_of_zeros_with_the_nonce_at_its_end() -> None:
    assert INPUTS["scrypt"] == BenchInput(seed=b"", blob=bytes(80), nonce_offset=76)


def test_the_value_of_a_thousand_hashes_is_that_of_the_scrypt_package() -> None:
    check = 0
    for nonce in range(1000):
        header = bytes(76) + nonce.to_bytes(4, "little")
        check ^= int.from_bytes(scrypt.hash(header, header, N=1024, r=1, p=1, buflen=32)[24:], "little")
    assert check == CHECK_VALUES["scrypt"][1000]
