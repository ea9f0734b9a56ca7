"""What a request wants of nodes, with the rows that it names."""

from __future__ import annotations

from minerconsole.api.schemas.plans import WishIn
from mining.models import Pool, Wallet
from mining.selectors.coins import coin_get
from mining.selectors.pools import pool_list
from mining.selectors.wallets import wallet_list
from mining.services.errors import InvalidError
from mining.services.plan_wishes import PlanWish


def wish_of(body: WishIn) -> PlanWish:
    """What is asked for, with the rows that it names. Raises InvalidError for one that is not there."""
    same = {"worker", "cores", "threads", "intensity", "mode", "huge_pages", "priority", "is_offline", "algorithm"}
    return PlanWish(
        coin=coin_get(body.coin) if body.coin is not None else None,
        wallet=_wallet(body.wallet_id),
        pools=_pools(body.pool_ids),
        **body.model_dump(include=same),
    )


def _wallet(number: int | None) -> Wallet | None:
    found = wallet_list().filter(pk=number).first() if number is not None else None
    if number is not None and found is None:
        raise InvalidError({"wallet": [f"There is no wallet {number}. See the list of wallets."]})
    return found


def _pools(numbers: list[int]) -> tuple[Pool, ...]:
    """The pools in the order asked for."""
    rows = {row.pk: row for row in pool_list().filter(pk__in=numbers)}
    for place, number in enumerate(numbers):
        if number not in rows:
            raise InvalidError({"pools": [f"There is no pool {number}. See the list of pools."]})
        if number in numbers[:place]:
            raise InvalidError({"pools": [f"The pool {number} is named twice."]})
    return tuple(rows[number] for number in numbers)
