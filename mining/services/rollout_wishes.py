"""The wish of a rollout as a row keeps it: words and the numbers of rows; and the wish again, from the rows of now."""

from __future__ import annotations

from typing import Any

from mining.models import Coin, Pool, Wallet
from mining.services.errors import ConflictError
from mining.services.plan_wishes import PlanWish

_PLAIN = ("worker", "cores", "threads", "intensity", "mode", "huge_pages", "priority", "is_offline", "algorithm")


def wish_kept(wish: PlanWish) -> dict[str, Any]:
    """Return what says `wish`, as JSON's values."""
    return {
        "coin": wish.coin.ticker if wish.coin is not None else "",
        "wallet_id": wish.wallet.pk if wish.wallet is not None else None,
        "pool_ids": [pool.pk for pool in wish.pools],
        **{name: getattr(wish, name) for name in _PLAIN},
    }


def wish_of(kept: dict[str, Any]) -> PlanWish:
    """Return the wish with the rows of now. Raises ConflictError when one of them is gone."""
    coin = Coin.objects.filter(ticker=kept["coin"]).first() if kept["coin"] else None
    wallet = Wallet.objects.filter(pk=kept["wallet_id"]).first() if kept["wallet_id"] else None
    pools = {row.pk: row for row in Pool.objects.filter(pk__in=kept["pool_ids"]).prefetch_related("endpoints")}
    gone = [name for name, row in (("coin", coin), ("wallet_id", wallet)) if kept[name] and row is None]
    if gone or len(pools) != len(kept["pool_ids"]):
        raise ConflictError(
            f"The {gone[0].removesuffix('_id') if gone else 'pool'} of this rollout was removed meanwhile",
            next_step="Start a new rollout.",
            code="changed_meanwhile",
        )
    plain = {name: kept[name] for name in _PLAIN}
    return PlanWish(coin=coin, wallet=wallet, pools=tuple(pools[pk] for pk in kept["pool_ids"]), **plain)
