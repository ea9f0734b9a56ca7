"""Reads shares: lists by page, and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from mining.models import Node, Share
from mining.services.errors import InvalidError

OUTCOMES = ("accepted", "rejected", "stale", "lost")
MOST_LISTED = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SharePage:
    """Shares, newest first. `cursor` asks for the page behind this one; "" when there is none."""

    shares: list[Share]
    cursor: str


@dataclass(frozen=True, slots=True)
class ShareCounts:
    """How shares ended. `difficulty_accepted`: expected hashes of the accepted ones for each algorithm, never added."""

    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    lost: int = 0
    difficulty_accepted: dict[str, float] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """All of them."""
        return self.accepted + self.rejected + self.stale + self.lost


def share_list(
    node: Node,
    *,
    outcome: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    cursor: str = "",
) -> SharePage:
    """One page of the shares of a node, one query. `since` is inside, `until` outside of the time asked for.

    Pages hold still while new shares come in: a cursor names a share, not a number of them. Raises InvalidError for an
    outcome, limit or cursor that cannot be.
    """
    _check(outcome, limit)
    rows = _rows(node, since, until).order_by("-at", "-pk")
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    if cursor:
        at, key = _place_of(cursor)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=key))
    shares = list(rows[: limit + 1])
    page = shares[:limit]
    return SharePage(page, _cursor_of(page[-1]) if len(shares) > limit else "")


def share_counts(node: Node, *, since: datetime | None = None, until: datetime | None = None) -> ShareCounts:
    """Count the shares of a node by outcome, one query."""
    rows = _rows(node, since, until).order_by().values("algorithm", "outcome")
    counts, difficulty = dict.fromkeys(OUTCOMES, 0), {}
    for row in rows.annotate(shares=Count("pk"), hashes=Sum("difficulty")):
        counts[row["outcome"]] += row["shares"]
        if row["outcome"] == "accepted":
            difficulty[row["algorithm"]] = row["hashes"]
    return ShareCounts(**counts, difficulty_accepted=difficulty)


def _rows(node: Node, since: datetime | None, until: datetime | None) -> QuerySet[Share]:
    rows = Share.objects.filter(node=node)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lt=until)


def _check(outcome: str | None, limit: int) -> None:
    fields = {}
    if outcome is not None and outcome not in OUTCOMES:
        fields["outcome"] = [f"{outcome[:40]!r} is no outcome of a share. Use one of {', '.join(OUTCOMES)}."]
    if not 1 <= limit <= MOST_LISTED:
        fields["limit"] = [f"{limit} shares cannot be listed at once. Use 1 to {MOST_LISTED}."]
    if fields:
        raise InvalidError(fields)


def _cursor_of(share: Share) -> str:
    return f"{(share.at - _EPOCH) // timedelta(microseconds=1)}-{share.pk}"


def _place_of(cursor: str) -> tuple[datetime, int]:
    at, dash, key = cursor.partition("-")
    if not (dash and cursor.isascii() and at.isdecimal() and key.isdecimal() and len(at) <= 17 and len(key) <= 18):
        raise InvalidError({"cursor": [f"{cursor[:40]!r} is no place in this list. Use the cursor of a page."]})
    return _EPOCH + timedelta(microseconds=int(at)), int(key)
