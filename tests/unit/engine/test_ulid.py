"""ULIDs: 26 characters of Crockford base 32, sortable by time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mining.engine.ulid import new_ulid

MOST_MS = (1 << 48) - 1


def test_the_time_part_is_that_of_the_ulid_specification() -> None:
    """github.com/ulid/spec: encodeTime(1469918176385) is 01ARYZ6S41."""
    assert new_ulid(1469918176385, bytes(10)) == "01ARYZ6S410000000000000000"


def test_the_largest_ulid_is_that_of_the_specification() -> None:
    assert new_ulid(MOST_MS, b"\xff" * 10) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"


@given(
    early=st.integers(0, MOST_MS - 1),
    later=st.integers(1, 10_000),
    one=st.binary(min_size=10, max_size=10),
    two=st.binary(min_size=10, max_size=10),
)
def test_a_later_one_sorts_after_an_earlier_one(early: int, later: int, one: bytes, two: bytes) -> None:
    assert new_ulid(early, one) < new_ulid(min(early + later, MOST_MS), two)


def test_two_of_now_differ_and_have_26_characters() -> None:
    first, second = new_ulid(), new_ulid()
    assert first != second and len(first) == len(second) == 26
    assert set(first + second) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
