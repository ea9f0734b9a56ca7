"""Wallets: payout addresses. Viewers see them shortened."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from minerconsole.api.access import reader_of
from minerconsole.api.places import CoinWord, Number
from minerconsole.api.schemas.coins import WalletChange, WalletIn, WalletOut
from mining.models import Wallet
from mining.selectors import wallets
from mining.services.actors import Actor, Role
from mining.services.wallets import wallet_create, wallet_delete, wallet_update

router = Router()


@router.get("", response=list[WalletOut])
def wallet_list(request: HttpRequest, coin: CoinWord = "") -> list[WalletOut]:
    """List the wallets by name."""
    actor = reader_of(request)
    return [_shown(actor, row) for row in wallets.wallet_list(coin=coin)]


@router.post("", response={201: WalletOut})
def wallet_add(request: HttpRequest, body: WalletIn) -> Status[WalletOut]:
    """Keep a payout address, checked for its coin. Needs an administrator. A key or a seed is refused, not kept."""
    actor = reader_of(request)
    return Status(201, _shown(actor, wallet_create(actor, **body.model_dump())))


@router.get("/{wallet_id}", response=WalletOut)
def wallet_get(request: HttpRequest, wallet_id: Number) -> WalletOut:
    """Show one wallet."""
    return _shown(reader_of(request), wallets.wallet_get(wallet_id))


@router.patch("/{wallet_id}", response=WalletOut)
def wallet_change(request: HttpRequest, wallet_id: Number, body: WalletChange) -> WalletOut:
    """Change a wallet; what is left out or null stays. Needs an administrator. An address in a plan cannot change."""
    actor = reader_of(request)
    changes = body.model_dump(exclude_none=True)
    return _shown(actor, wallet_update(actor, wallets.wallet_get(wallet_id), **changes))


@router.delete("/{wallet_id}", response={204: None})
def wallet_remove(request: HttpRequest, wallet_id: Number) -> Status[None]:
    """Remove a wallet that no plan uses. Needs an administrator."""
    actor = reader_of(request)
    wallet_delete(actor, wallets.wallet_get(wallet_id))
    return Status(204, None)


def _shown(actor: Actor, wallet: Wallet) -> WalletOut:
    return WalletOut.of(wallet, is_masked=actor.role < Role.OPERATOR)
