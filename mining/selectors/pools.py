"""Reads pools with their endpoints."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from mining.models import Pool
from mining.selectors.finding import found_by_name


def pool_list(*, coin: str = "") -> QuerySet[Pool]:
    """The pools by name, each with its coin, its endpoints in order, and `plan_count`. Two queries.

    `coin`: only those of a ticker.
    """
    rows = Pool.objects.select_related("coin").prefetch_related("endpoints").annotate(plan_count=Count("plans"))
    rows = rows.order_by("name")
    return rows.filter(coin__ticker=coin.upper()) if coin else rows


def pool_get(name: str | int) -> Pool:
    """The pool of a name (in any case) or number. Raises NotFoundError with the nearest name."""
    return found_by_name(pool_list(), name, "pool")
