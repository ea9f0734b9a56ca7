"""Packed history: exact, time-weighted, gaps stay gaps, algorithms stay apart."""

from __future__ import annotations

import math
import zlib
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.telemetry.history import (
    COLUMNS,
    GAP,
    MEANS,
    SUMS,
    TIERS,
    Block,
    BlockKey,
    History,
    Observation,
    Tier,
    pack,
    unpack,
)

T0 = 1_764_288_000.0  # a multiple of every block's span but that of 900 s
NOTHING = dict.fromkeys(SUMS, 0.0)


def seen(start: float, end: float, rate: float = 100.0, *, algorithm: str = "rx/0", **sums: float) -> Observation:
    return Observation(start, end, algorithm, {"hashrate": rate}, {**NOTHING, **sums})


def columns_of(history: History, step_s: int, algorithm: str = "rx/0") -> dict[str, array[float]]:
    """The columns of the one block of a tier."""
    (block,) = [b for key, b in history.changed() if key.step_s == step_s and key.algorithm == algorithm]
    return unpack(block.packed())


def test_packed_columns_come_back_bit_by_bit() -> None:
    values = array("f", [0.0, 1.5, GAP, -0.0, 3.4e38, 1e-45])
    data = pack({name: values for name in COLUMNS})
    for column in unpack(data).values():
        assert column.tobytes() == values.tobytes()


@given(st.lists(st.floats(width=32), min_size=1, max_size=50))
def test_any_floats_come_back(values: list[float]) -> None:
    column = array("f", values)
    assert unpack(pack({name: column for name in COLUMNS}))["cpu"].tobytes() == column.tobytes()


@pytest.mark.parametrize("data", [b"", b"\x02\x0a", b"\x01\x00", b"\x01\x0a", b"\x01\x0aoops", b"\x01\x0a" + b"x" * 50])
def test_what_is_no_block_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="rate block"):
        unpack(data)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        unpack(data)
    except ValueError as error:
        assert "rate block" in str(error)


def test_a_block_of_an_older_version_has_gaps_in_its_new_columns() -> None:
    data = bytearray(pack({name: array("f", [7.0]) for name in COLUMNS}))
    older = bytes((1, 2)) + zlib.compress(zlib.decompress(bytes(data[2:]))[:8])
    columns = unpack(older)
    assert columns["seconds"][0] == 7.0 and math.isnan(columns["lost"][0])


def test_a_rate_is_hashes_by_the_time_that_was_watched() -> None:
    history = History()
    history.add(seen(T0, T0 + 1.5, 100.0))
    history.add(seen(T0 + 1.5, T0 + 2.0, 400.0))
    one, ten = columns_of(history, 1), columns_of(history, 10)
    assert list(one["hashrate"][:2]) == [100.0, 250.0]  # 50 hashes in the first half second, 200 in the other
    assert list(one["seconds"][:2]) == [1.0, 1.0]
    assert ten["hashrate"][0] == pytest.approx((150 + 200) / 2) and ten["seconds"][0] == 2.0


def test_a_time_that_nobody_watched_is_a_gap_in_every_column() -> None:
    history = History()
    history.add(seen(T0, T0 + 1))
    history.add(seen(T0 + 3, T0 + 4))
    columns = columns_of(history, 1)
    for name in COLUMNS:
        assert math.isnan(columns[name][1]) and math.isnan(columns[name][2]), name
    assert columns["hashrate"][0] == columns["hashrate"][3] == 100.0


def test_a_gauge_that_was_not_known_is_a_gap_of_its_own() -> None:
    history = History()
    history.add(Observation(T0, T0 + 1, "rx/0", {"hashrate": 5.0, "temperature": 60.0}, NOTHING))
    history.add(Observation(T0 + 1, T0 + 2, "rx/0", {"hashrate": 5.0}, NOTHING))
    one, ten = columns_of(history, 1), columns_of(history, 10)
    assert one["temperature"][0] == 60.0 and math.isnan(one["temperature"][1])
    assert ten["temperature"][0] == 60.0 and ten["hashrate"][0] == 5.0


def test_counts_are_whole_and_in_the_bin_in_which_they_became_known() -> None:
    history = History()
    history.add(seen(T0 + 0.5, T0 + 1.5, accepted=3.0, credited=3000.0))
    history.add(Observation(T0 + 5.2, T0 + 5.2, "rx/0", {}, {**NOTHING, "stale": 2.0}))
    columns = columns_of(history, 1)
    assert list(columns["accepted"][:2]) == [0.0, 3.0] and columns["credited"][1] == 3000.0
    assert (columns["stale"][5], columns["seconds"][5]) == (2.0, 0.0) and math.isnan(columns["hashrate"][5])


def test_rates_of_two_algorithms_are_never_added() -> None:
    history = History()
    history.add(seen(T0, T0 + 1, 100.0))
    history.add(seen(T0 + 1, T0 + 2, 30_000.0, algorithm="scrypt"))
    assert columns_of(history, 10)["hashrate"][0] == 100.0
    assert columns_of(history, 10, "scrypt")["hashrate"][0] == 30_000.0


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(0.05, 3.5), st.integers(0, 5000), st.integers(0, 3), st.booleans()), min_size=1, max_size=60
    )
)
def test_every_tier_sums_up_to_the_same_seconds_hashes_and_shares(
    steps: list[tuple[float, int, int, bool]],
) -> None:
    history, at, seconds, hashes, shares = History(), T0 + 0.25, 0.0, 0, 0
    for passed, made, accepted, is_watched in steps:
        if is_watched:
            history.add(seen(at, at + passed, made / passed, accepted=accepted))
            seconds, hashes, shares = seconds + passed, hashes + made, shares + accepted
        at += passed
    for tier in TIERS:
        blocks = [unpack(block.packed()) for key, block in history.changed() if key.step_s == tier.step_s]
        bins = [index for block in blocks for index in zip(*(block[name] for name in COLUMNS), strict=True)]
        known = [dict(zip(COLUMNS, row, strict=True)) for row in bins if row[0] == row[0]]
        assert sum(row["seconds"] for row in known) == pytest.approx(seconds, rel=1e-5)
        assert sum(row["accepted"] for row in known) == shares
        made = sum(row["hashrate"] * row["seconds"] for row in known if row["seconds"])
        assert made == pytest.approx(hashes, rel=1e-5)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 40), st.lists(st.integers(1, 900), min_size=40, max_size=40))
def test_a_recorder_that_starts_again_goes_on_in_the_same_block(cut: int, rates: list[int]) -> None:
    whole, first, second = History(), History(), History()
    for index, rate in enumerate(rates):
        each = seen(T0 + index, T0 + index + 1, float(rate), accepted=1.0)
        whole.add(each)
        (first if index < cut else second).add(each)
    rows = {key: block.packed() for key, block in first.changed()}
    for key, block in second.changed():
        block.begin_from(rows.get(key))
        rows[key] = block.packed()
    for key, block in whole.changed():
        expected, joined = unpack(block.packed()), unpack(rows[key])
        for name in ("seconds", "hashrate", "accepted"):
            for one, other in zip(expected[name], joined[name], strict=True):
                is_gap = math.isnan(one) and math.isnan(other)
                assert is_gap or math.isclose(one, other, rel_tol=1e-5), (key, name)


def test_a_block_that_is_written_is_packed_again_only_when_it_changed() -> None:
    history = History()
    history.add(seen(T0, T0 + 1))
    keys = [key for key, _ in history.changed()]
    history.written(keys, T0 + 1)
    assert not list(history.changed())
    history.add(seen(T0 + 1, T0 + 2))
    assert len(list(history.changed())) == len(TIERS)


def test_blocks_that_are_over_and_written_are_let_go() -> None:
    history = History((Tier(1, 3600, 10),))
    history.add(seen(T0, T0 + 1))
    history.written([BlockKey(1, int(T0), "rx/0")], T0 + 20)
    history.rows_were_lost()
    assert not list(history.changed())


def test_memory_is_bounded_while_nothing_can_be_written() -> None:
    history = History((Tier(1, 100, 10),))
    for second in range(1000):
        history.add(seen(T0 + second, T0 + second + 1))
    assert len(list(history.changed())) <= 12


def test_after_the_rows_were_lost_what_is_in_memory_is_written_again() -> None:
    history = History()
    history.add(seen(T0, T0 + 1))
    history.written([key for key, _ in history.changed()], T0 + 1)
    history.rows_were_lost()
    assert columns_of(history, 1)["hashrate"][0] == 100.0


def test_tiers_keep_what_the_design_says() -> None:
    assert [(tier.step_s, tier.keep_s) for tier in TIERS] == [
        (1, 3600),
        (10, 86_400),
        (60, 2_592_000),
        (900, 31_536_000),
    ]
    assert set(COLUMNS) == {"seconds", *MEANS, *SUMS}


def test_a_row_of_another_length_is_begun_anew() -> None:
    block = Block(Tier(1, 100, 10), int(T0))
    block.add_time(0, 1.0, {"hashrate": 5.0})
    block.begin_from(pack({name: array("f", [1.0]) for name in COLUMNS}))
    assert block.columns()["hashrate"][0] == 5.0
