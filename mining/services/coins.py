"""The rows of coins: made from the catalogue, switched on and off by an administrator."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mining.coins import COINS
from mining.models import Coin
from mining.services.actors import SYSTEM, Actor, Role, require
from mining.services.catalogue import CATALOGUE, CatalogueRow, is_mineable
from mining.services.errors import NotFoundError
from mining.services.rows import change_record, locked, row_save

CATALOGUE_REASON = "catalogue"


@transaction.atomic
def coins_ensure() -> None:
    """Make and update the shipped rows. Whether a coin is offered stays as a person chose it."""
    present = {coin.ticker: coin for coin in Coin.objects.filter(ticker__in=CATALOGUE)}
    for row in CATALOGUE.values():
        _coin_ensure(row, present.get(row.ticker))


def coin_of(coin: Coin | str) -> Coin:
    """Return the row of a ticker (any case), or the row given. Raises NotFoundError that lists what there is."""
    if isinstance(coin, Coin):
        return coin
    found = Coin.objects.filter(ticker=coin.strip().upper()).first() if coin.isprintable() else None
    if found is None:
        known = ", ".join(Coin.objects.order_by("pk").values_list("ticker", flat=True))
        raise NotFoundError(f"The coin {coin[:40]!r} is not known", next_step=f"Choose one of: {known}.")
    return found


def base_ticker(coin: Coin) -> str:
    """The ticker that a coin's network belongs to: XMR of XMR-STAGENET."""
    row = CATALOGUE.get(coin.ticker)
    return row.base if row is not None else coin.ticker


@transaction.atomic
def coin_update(actor: Actor, coin: Coin | str, *, is_enabled: bool) -> Coin:
    """Offer a coin in forms, or not. Needs an administrator."""
    require(actor, Role.ADMIN, "change coins")
    row = locked(coin_of(coin), "coin")
    if row.is_enabled != is_enabled:
        row.is_enabled = is_enabled
        row_save(actor, row)
        change_record(
            actor, "coin.changed", row, {"is_enabled": not is_enabled}, {"is_enabled": is_enabled}, what="coin"
        )
    return row


def _coin_ensure(row: CatalogueRow, coin: Coin | None) -> None:
    wanted = _facts(row)
    if coin is None:
        row_save(SYSTEM, Coin(**wanted, is_enabled=is_mineable(row.ticker)), CATALOGUE_REASON)
        return
    if not _is_chosen_by_person(coin):
        wanted["is_enabled"] = is_mineable(row.ticker)
    changes = {name: value for name, value in wanted.items() if getattr(coin, name) != value}
    for name, value in changes.items():
        setattr(coin, name, value)
    if changes:
        row_save(SYSTEM, coin, CATALOGUE_REASON)


def _facts(row: CatalogueRow) -> dict[str, Any]:
    base = COINS[row.base]
    return {
        "ticker": row.ticker,
        "name": row.name,
        "network": row.network,
        "algorithm": base.algorithm,
        "address_format": base.address_format,
        "block_time_s": base.block_time_s,
        "atomic_digits": base.atomic_digits,
        "daemon": base.daemon,
        "daemon_port": row.daemon_port,
    }


def _is_chosen_by_person(coin: Coin) -> bool:
    return bool(coin.history.exclude(history_change_reason=CATALOGUE_REASON).exists())
