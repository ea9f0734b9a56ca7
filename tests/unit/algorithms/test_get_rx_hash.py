"""`get_rx_hash(blob, seed_hash, height)`: the call of the RandomX `pyrx`, over our binding."""

from __future__ import annotations

from pathlib import Path

import pytest

from mining.algorithms import randomx
from mining.algorithms.randomx import get_rx_hash, pyrx
from mining.algorithms.randomx.loader import FoundLibrary
from mining.algorithms.randomx.vectors import KNOWN_ANSWERS, REGTEST_SEED
from tests.unit.algorithms.light_library import library_for

ANSWER = KNOWN_ANSWERS[-1]  # f: a block that monerod accepted


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of this machine, without the seconds of its self-test (see test_library_loader)."""
    found = FoundLibrary(Path(library_for("rx/0").path), "system", True, False, True, True)
    monkeypatch.setattr(pyrx, "find_library", lambda algorithm: found)


@pytest.mark.usefixtures("checked")
def test_a_block_s_hash_is_the_one_that_monerod_accepted() -> None:
    expected = bytes.fromhex(ANSWER.v1)
    assert get_rx_hash(ANSWER.data, REGTEST_SEED, 5) == expected
    assert get_rx_hash(ANSWER.data, REGTEST_SEED.hex(), height=3_000_000) == expected, "the height has no influence"


@pytest.mark.parametrize("seed", [b"", b"test key 000", bytes(31), bytes(33), "", "00" * 31])
def test_a_seed_of_another_length_is_refused_with_its_length(seed: bytes | str) -> None:
    with pytest.raises(ValueError, match=r"seed_hash has \d+ bytes, not 32"):
        get_rx_hash(b"blob", seed)


def test_a_seed_that_is_not_hexadecimal_is_refused() -> None:
    with pytest.raises(ValueError):
        get_rx_hash(b"blob", "zz" * 32)


def test_the_package_offers_the_call_and_nothing_by_accident() -> None:
    assert randomx.get_rx_hash is pyrx.get_rx_hash
    with pytest.raises(AttributeError):
        randomx.get_slow_hash  # noqa: B018 (the look-up is the test)
