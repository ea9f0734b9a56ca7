"""NonceLedger: every nonce of a job once, none beyond its space."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.engine.leases import NonceLedger


def _all_of(ledger: NonceLedger) -> list[tuple[int, int]]:
    ranges = []
    while (taken := ledger.take()) is not None:
        ranges.append(taken)
    return ranges


@given(
    first=st.integers(0, 1 << 32),
    count=st.integers(1, 5000),
    chunk=st.integers(1, 700),
    cores=st.integers(0, 130),
)
def test_ranges_are_disjoint_complete_and_end_where_the_space_ends(
    first: int, count: int, chunk: int, cores: int
) -> None:
    ranges = _all_of(NonceLedger(first, count, chunk=chunk, cores=cores))
    assert ranges[0][0] == first and ranges[-1][1] == first + count
    assert all(start < end <= start + chunk for start, end in ranges)
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_the_whole_space_of_four_bytes_ends_at_two_to_the_32_and_does_not_wrap() -> None:
    ledger = NonceLedger((1 << 32) - 10, 10, chunk=4, cores=0)
    assert _all_of(ledger)[-1][1] == 1 << 32
    assert ledger.take() is None and ledger.take() is None


@given(cores=st.integers(1, 128))
def test_a_small_space_is_shared_so_that_every_core_gets_several_leases(cores: int) -> None:
    count = cores * 40
    assert len(_all_of(NonceLedger(0, count, chunk=1 << 16, cores=cores))) >= cores * 8


def test_a_space_smaller_than_the_cores_gives_leases_of_one_nonce() -> None:
    assert _all_of(NonceLedger(5, 3, chunk=1 << 16, cores=64)) == [(5, 6), (6, 7), (7, 8)]


@pytest.mark.parametrize(("count", "chunk"), [(0, 10), (-1, 10), (10, 0)])
def test_an_empty_space_or_lease_is_refused_by_its_numbers(count: int, chunk: int) -> None:
    with pytest.raises(ValueError, match=f"nonce space of {count} with leases of {chunk}"):
        NonceLedger(0, count, chunk=chunk, cores=1)
