"""Targets and difficulties, against the vectors, and as the engine compares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mining.stratum.cryptonote import targets
from mining.stratum.errors import TargetError

VECTORS = json.loads(Path(__file__).parents[2].joinpath("vectors", "cryptonote_targets.json").read_text())
T64 = st.integers(1, targets.MAX_64)


@pytest.mark.parametrize("row", VECTORS["written"] + VECTORS["read"], ids=lambda row: row["compact"])
def test_a_target_is_read_as_in_the_vectors(row: dict[str, Any]) -> None:
    target = targets.target_from_compact(row["compact"])
    assert target.difficulty == row["reads"] and target.compact == row["compact"]
    if "t64" in row:
        assert f"{target.t64:016x}" == row["t64"]


@pytest.mark.parametrize("row", VECTORS["written"], ids=lambda row: row["compact"])
def test_a_difficulty_is_written_as_in_the_vectors(row: dict[str, Any]) -> None:
    assert targets.compact_from_difficulty(row["difficulty"]) == row["compact"]


@pytest.mark.parametrize(
    "compact", ["00000000", "0000000000000000", "", "fff", "fffffff", "fffffffff", "0xffffff", "gggggggg", "f" * 64]
)
def test_a_target_that_cannot_be_used_is_refused_with_its_value(compact: object) -> None:
    with pytest.raises(TargetError) as caught:
        targets.target_from_compact(compact)
    assert caught.value.code == "bad_target" and str(compact)[:20] in caught.value.sentence


@pytest.mark.parametrize("value", [None, True, 5, 1.5, ["ffffffff"], {}, "\uff46" * 8, "ffffffff\n"])
def test_a_target_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TargetError):
        targets.target_from_compact(value)


@pytest.mark.parametrize("difficulty", [0, -1, 1 << 64])
def test_a_difficulty_without_a_target_is_refused(difficulty: int) -> None:
    with pytest.raises(TargetError):
        targets.compact_from_difficulty(difficulty)


def test_four_bytes_are_sent_up_to_four_million() -> None:
    assert len(targets.compact_from_difficulty(4_000_000)) == 8
    assert len(targets.compact_from_difficulty(4_000_001)) == 16


@given(st.integers(1, targets.MAX_64))
def test_a_difficulty_reads_back_as_much_within_a_thousandth(difficulty: int) -> None:
    compact = targets.compact_from_difficulty(difficulty)
    read = targets.target_from_compact(compact).difficulty
    if difficulty <= targets.LARGEST_4_BYTE_DIFFICULTY:
        assert difficulty <= read <= difficulty * 1.001
    else:
        assert read >= difficulty and targets.MAX_64 // read == targets.MAX_64 // difficulty
    assert targets.accepted_t64(compact) == targets.target_from_compact(compact).t64


@given(T64, st.integers(0, (1 << 256) - 1))
@example(1, 1 << 192)
@example(1, (1 << 192) - 1)
@example(targets.MAX_64, (1 << 256) - 1)
@example(targets.MAX_64, (targets.MAX_64 << 192) - 1)
def test_the_engine_accepts_exactly_what_the_pool_accepts(t64: int, number: int) -> None:
    hash_ = number.to_bytes(32, "little")
    assert (number <= targets.engine_target(t64)) == targets.meets(hash_, t64)


@given(T64, st.integers(-2, 2), st.integers(0, (1 << 192) - 1))
def test_the_engine_agrees_at_the_edge_of_the_target(t64: int, step: int, low: int) -> None:
    high = min(max(t64 + step, 0), targets.MAX_64)
    number = (high << 192) | low
    assert (number <= targets.engine_target(t64)) == (high < t64)
    assert targets.meets(number.to_bytes(32, "little"), t64) == (high < t64)
