"""Coins and the addresses they are paid to."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords


class Coin(models.Model):
    """A coin on one network. The shipped rows come from the catalogue (`mining.coins`) at each migration."""

    ticker = models.CharField(max_length=24, unique=True, help_text="Upper case, as in COIN of mining_config.env.")
    name = models.CharField(max_length=64)
    network = models.CharField(max_length=16, default="mainnet")
    algorithm = models.CharField(max_length=16, help_text="Named as xmrig names it: rx/0, scrypt.")
    address_format = models.CharField(max_length=24)
    block_time_s = models.PositiveIntegerField()
    atomic_digits = models.PositiveSmallIntegerField(help_text="Decimals of one coin.")
    daemon = models.CharField(max_length=32, blank=True, help_text="Its full node.")
    daemon_port = models.PositiveIntegerField(default=0, help_text="That node's usual RPC port.")
    is_enabled = models.BooleanField(default=True, help_text="Offered in forms.")
    history = HistoricalRecords()

    class Meta:
        ordering = ("ticker",)

    def __str__(self) -> str:
        return self.ticker


class Wallet(models.Model):
    """A public payout address. Never a private key, a seed or a view key."""

    name = models.CharField(max_length=64, unique=True)
    coin = models.ForeignKey(Coin, on_delete=models.PROTECT, related_name="wallets")
    address = models.CharField(max_length=160)
    address_kind = models.CharField(max_length=24, blank=True, help_text="Found by the address check.")
    network = models.CharField(max_length=16, blank=True)
    payment_id = models.CharField(max_length=16, blank=True, help_text="Short payment id (Monero), 16 hex digits.")
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("coin", "address", "payment_id"), name="wallet_is_unique"),)

    def __str__(self) -> str:
        return self.name
