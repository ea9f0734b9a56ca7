"""The table of algorithms: consistent, and an unknown name is answered with what there is."""

from __future__ import annotations

import pytest

from mining.algorithms.bench_values import CHECK_VALUES, INPUTS, BenchInput
from mining.algorithms.registry import ALGORITHMS, BY_NUMBER, algorithm_named
from mining.coins import COINS
from mining.errors import ConfigurationError


def test_names_and_numbers_lead_to_the_same_rows() -> None:
    assert {row.name: row for row in BY_NUMBER.values()} == ALGORITHMS
    assert all(algorithm_named(name) is row for name, row in ALGORITHMS.items())
    assert all(row.number > 0 for row in ALGORITHMS.values()), "0 on the board means no algorithm"


def test_rx_0_and_rx_2_keep_their_numbers_on_the_board() -> None:
    assert (ALGORITHMS["rx/0"].number, ALGORITHMS["rx/2"].number) == (1, 2)
    assert not ALGORITHMS["rx/0"].is_v2 and ALGORITHMS["rx/2"].is_v2


def test_monero_is_mined_with_an_algorithm_that_is_known() -> None:
    assert COINS["XMR"].algorithm in ALGORITHMS


@pytest.mark.parametrize("name", ["", "RX/0", "cn/r", "rx/1"])
def test_an_unknown_algorithm_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        algorithm_named(name)
    assert repr(name) in caught.value.sentence and "rx/0, rx/2" in caught.value.sentence


def test_the_benchmark_of_randomx_is_defined_as_xmrig_defines_it() -> None:
    assert INPUTS["randomx"] == BenchInput(seed=bytes(32), blob=bytes(112), nonce_offset=39)
    assert CHECK_VALUES["rx/0"][10_000] == 0x4A597463865ACF0E
    assert CHECK_VALUES["rx/2"][10_000] == 0x57D2051D099613A4


def test_check_values_belong_to_known_algorithms_and_fit_64_bits() -> None:
    assert set(CHECK_VALUES) <= set(ALGORITHMS)
    assert all(0 < value < 1 << 64 for rows in CHECK_VALUES.values() for value in rows.values())
