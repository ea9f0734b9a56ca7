"""Coins: the catalogue, and which of them are offered."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from minerconsole.api.access import reader_of
from minerconsole.api.places import Ticker
from minerconsole.api.schemas.coins import CoinChange, CoinOut
from mining.selectors import coins
from mining.services.coins import coin_update

router = Router()


@router.get("", response=list[CoinOut])
def coin_list(request: HttpRequest, is_enabled: bool | None = None) -> list[CoinOut]:
    """List the coins: mainnets first, then test networks."""
    reader_of(request)
    return [CoinOut.of(row) for row in coins.coin_list(is_enabled=is_enabled)]


@router.get("/{ticker}", response=CoinOut)
def coin_get(request: HttpRequest, ticker: Ticker) -> CoinOut:
    """Show one coin."""
    reader_of(request)
    return CoinOut.of(coins.coin_get(ticker))


@router.patch("/{ticker}", response=CoinOut)
def coin_change(request: HttpRequest, ticker: Ticker, body: CoinChange) -> CoinOut:
    """Offer a coin in forms, or not. Needs an administrator."""
    actor = reader_of(request)
    return CoinOut.of(coin_update(actor, coins.coin_get(ticker), is_enabled=body.is_enabled))
