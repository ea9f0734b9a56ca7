"""Selectors of shares: pages that hold still, filters, counts, one query each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from mining.models import Node, Share
from mining.selectors.shares import share_counts, share_list
from mining.services.errors import InvalidError

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def node() -> Node:
    return Node.objects.create(ulid="01JD9Z7QK4W3M8T5V2X6Y0BCDE", name="here", is_local=True)


def add(node: Node, serial: int, outcome: str = "accepted", *, second: float | None = None, **more: object) -> Share:
    at = AT + timedelta(seconds=serial if second is None else second)
    fields = {"algorithm": "rx/0", "core": 0, "difficulty": 1000.0, **more}
    return Share.objects.create(node=node, epoch="E", serial=serial, at=at, outcome=outcome, **fields)


def serials(node: Node, **wanted: object) -> list[int]:
    """All pages of a list."""
    found, cursor = [], ""
    while True:
        page = share_list(node, cursor=cursor, **wanted)  # type: ignore[arg-type]
        found += [share.serial for share in page.shares]
        cursor = page.cursor
        if not cursor:
            return found


def test_pages_are_newest_first_and_whole_also_for_shares_of_one_moment(node: Node) -> None:
    for serial in range(10):
        add(node, serial, second=serial // 4)
    for limit in (1, 3, 10, 11):
        assert serials(node, limit=limit) == list(reversed(range(10)))


def test_a_page_holds_still_while_new_shares_come_in(node: Node) -> None:
    for serial in range(6):
        add(node, serial)
    first = share_list(node, limit=3)
    add(node, 6)
    second = share_list(node, limit=3, cursor=first.cursor)
    assert [share.serial for share in (*first.shares, *second.shares)] == [5, 4, 3, 2, 1, 0] and second.cursor == ""


def test_shares_are_chosen_by_outcome_time_and_node(
    node: Node, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = Node.objects.create(ulid="01JD9Z7QK4W3M8T5V2X6Y0BCDF", name="there")
    for serial, outcome in enumerate(("accepted", "stale", "accepted", "lost", "stale")):
        add(node, serial, outcome)
        add(other, serial, outcome)
    with django_assert_num_queries(1):
        assert len(share_list(node, limit=100).shares) == 5
    assert serials(node, outcome="stale") == [4, 1]
    assert serials(node, since=AT + timedelta(seconds=1), until=AT + timedelta(seconds=3)) == [2, 1]


def test_counts_are_by_outcome_and_never_add_hashes_of_two_algorithms(
    node: Node, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for serial, outcome in enumerate(("accepted", "accepted", "rejected", "stale", "lost")):
        add(node, serial, outcome)
    add(node, 9, algorithm="scrypt", difficulty=65_536.0)
    with django_assert_num_queries(1):
        counts = share_counts(node)
    assert (counts.accepted, counts.rejected, counts.stale, counts.lost, counts.found) == (3, 1, 1, 1, 6)
    assert counts.difficulty_accepted == {"rx/0": 2000.0, "scrypt": 65_536.0}
    assert share_counts(node, since=AT + timedelta(seconds=4)).found == 2
    assert share_counts(node, since=AT + timedelta(days=1)).found == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"outcome": "celebrated"}, "outcome"),
        ({"limit": 0}, "limit"),
        ({"limit": 10**9}, "limit"),
        ({"cursor": "7"}, "cursor"),
        ({"cursor": "x-y"}, "cursor"),
        ({"cursor": "9" * 40 + "-1"}, "cursor"),
        ({"cursor": "\u0663-\u0661"}, "cursor"),
    ],
)
def test_what_cannot_be_asked_for_is_named(node: Node, wanted: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        share_list(node, **wanted)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
