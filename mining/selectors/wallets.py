"""Reads wallets."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from mining.models import Wallet
from mining.selectors.finding import found_by_name


def wallet_list(*, coin: str = "") -> QuerySet[Wallet]:
    """The wallets by name, each with its coin and `plan_count`. One query. `coin`: only those of a ticker."""
    rows = Wallet.objects.select_related("coin").annotate(plan_count=Count("plans")).order_by("name")
    return rows.filter(coin__ticker=coin.upper()) if coin else rows


def wallet_get(name: str | int) -> Wallet:
    """The wallet of a name (in any case) or number. Raises NotFoundError with the nearest name."""
    return found_by_name(wallet_list(), name, "wallet")
