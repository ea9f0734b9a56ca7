"""Coins and wallets as the API shows them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import Body, Line
from mining.addresses.masking import mask_address
from mining.models import Coin, Wallet


class CoinOut(Schema):
    """A coin on one network."""

    ticker: str = Field(..., examples=["XMR"])
    name: str
    network: str
    algorithm: str = Field(..., examples=["rx/0"])
    block_time_s: int
    atomic_digits: int
    is_enabled: bool

    @classmethod
    def of(cls, coin: Coin) -> Self:
        """The row as it is shown."""
        return cls(
            ticker=coin.ticker,
            name=coin.name,
            network=coin.network,
            algorithm=coin.algorithm,
            block_time_s=coin.block_time_s,
            atomic_digits=coin.atomic_digits,
            is_enabled=coin.is_enabled,
        )


class CoinChange(Body):
    """What can be changed of a coin."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"is_enabled": True}

    is_enabled: bool


class WalletOut(Schema):
    """A payout address. A viewer sees it shortened."""

    id: int
    name: str
    coin: str = Field(..., examples=["XMR"])
    address: str
    address_kind: str
    network: str
    payment_id: str
    note: str

    @classmethod
    def of(cls, wallet: Wallet, *, is_masked: bool) -> Self:
        """The row as it is shown."""
        return cls(
            id=wallet.pk,
            name=wallet.name,
            coin=wallet.coin.ticker,
            address=mask_address(wallet.address) if is_masked else wallet.address,
            address_kind=wallet.address_kind,
            network=wallet.network,
            payment_id=wallet.payment_id,
            note=wallet.note,
        )


class WalletIn(Body):
    """A new wallet: a public address, never a key or a seed."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "name": "savings",
        "coin": "XMR",
        "address": "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    }

    name: Line = Field(..., max_length=64, examples=["main"])
    coin: Line = Field(..., max_length=24, examples=["XMR"])
    address: Line = Field(..., max_length=200)
    payment_id: Line = Field("", max_length=64)
    note: Line = Field("", max_length=200)


class WalletChange(Body):
    """Other values for some fields."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"note": "of the cold store"}

    name: Line | None = Field(None, max_length=64)
    coin: Line | None = Field(None, max_length=24)
    address: Line | None = Field(None, max_length=200)
    payment_id: Line | None = Field(None, max_length=64)
    note: Line | None = Field(None, max_length=200)
