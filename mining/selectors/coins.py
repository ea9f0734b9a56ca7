"""Reads coins."""

from __future__ import annotations

from django.db.models import QuerySet

from mining.models import Coin
from mining.services.errors import NotFoundError


def coin_list(*, is_enabled: bool | None = None) -> QuerySet[Coin]:
    """The coins: mainnets first in the order of the catalogue, then test networks. One query."""
    rows = Coin.objects.order_by("pk")
    return rows if is_enabled is None else rows.filter(is_enabled=is_enabled)


def coin_get(ticker: str) -> Coin:
    """The coin of a ticker, in any case. Raises NotFoundError."""
    row = Coin.objects.filter(ticker=ticker.strip().upper()).first() if ticker.isprintable() else None
    if row is None:
        raise NotFoundError(f"The coin {ticker[:40]!r} is not known", next_step="Look at the list of coins.")
    return row
