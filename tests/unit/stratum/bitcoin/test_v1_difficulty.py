"""Difficulties and targets of the Scrypt scale, exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.stratum.bitcoin.difficulty import (
    HIGHEST_TARGET,
    TARGET_OF_ONE,
    meets,
    network_difficulty,
    share_difficulty,
    target_from_difficulty,
    target_from_nbits,
)
from mining.stratum.errors import TargetError
from tests.unit.stratum.bitcoin.v1_samples import VECTORS


@pytest.mark.parametrize("row", VECTORS["difficulties"], ids=lambda row: str(row["difficulty"]))
def test_a_difficulty_gives_its_target(row: dict[str, object]) -> None:
    difficulty = row["difficulty"]
    assert isinstance(difficulty, int | float)
    assert f"{target_from_difficulty(difficulty):064x}" == row["target"]
    assert target_from_difficulty(Decimal(difficulty)) == target_from_difficulty(float(difficulty))


@given(st.fractions(Fraction(1, 2**16), 2**60, max_denominator=10**6))
def test_the_target_is_the_exact_floor(exact: Fraction) -> None:
    for value in (float(exact), Decimal(exact.numerator), exact.numerator):
        if value:
            target = target_from_difficulty(value)
            assert target == min(TARGET_OF_ONE // Fraction(value), HIGHEST_TARGET)


@pytest.mark.parametrize(
    "difficulty",
    [0, -1, 0.0, -0.5, float("nan"), float("inf"), 1e-300, 1e80, 2**256, 10**5000, Decimal("NaN"), Decimal(0),
     Decimal("1e-999999"), Decimal("1e999999"), Decimal("1." + "1" * 200), True],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_illegal_difficulty_is_a_typed_error(difficulty: float) -> None:
    with pytest.raises(TargetError):
        target_from_difficulty(difficulty)


def test_a_very_low_difficulty_takes_every_hash() -> None:
    assert target_from_difficulty(2.0**-32) == HIGHEST_TARGET and meets(b"\xff" * 32, HIGHEST_TARGET)


def test_a_hash_meets_its_own_difficulty_and_its_target_is_inclusive() -> None:
    target = target_from_difficulty(512)
    assert meets(target.to_bytes(32, "little"), target) and not meets((target + 1).to_bytes(32, "little"), target)
    assert share_difficulty(target.to_bytes(32, "little")) == pytest.approx(512)
    assert share_difficulty(bytes(32)) == float(TARGET_OF_ONE)


@pytest.mark.parametrize("row", VECTORS["nbits"])
def test_the_compact_form_gives_its_target(row: dict[str, str]) -> None:
    assert f"{target_from_nbits(row['nbits']):064x}" == row["target"]
    assert target_from_nbits(int(row["nbits"], 16)) == int(row["target"], 16)


def test_the_network_s_difficulty_is_on_the_scale_of_shares() -> None:
    assert network_difficulty("1d094448") == pytest.approx(7072.08, rel=1e-5)


@pytest.mark.parametrize(
    "nbits", ["00000000", "1d800001", "1d000000", "ff00ffff", "21ffffff", "1d0944", "zz000000", -1, 2**32]
)
def test_nbits_that_are_no_target_are_a_typed_error(nbits: int | str) -> None:
    with pytest.raises(TargetError):
        target_from_nbits(nbits)
