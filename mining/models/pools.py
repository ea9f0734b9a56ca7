"""Pools and their endpoints: where a Node mines, in which order, and how it logs in."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from mining.models.coins import Coin
from mining.models.encrypted import EncryptedTextField

SCHEMES = (
    ("stratum+tcp", "Stratum"),
    ("stratum+ssl", "Stratum over TLS"),
    ("daemon+http", "own node (solo)"),
)


class Pool(models.Model):
    """A wallet-accepting service, or an own node. `profile` is a key of `mining.stratum.profiles` or "auto"."""

    name = models.CharField(max_length=64, unique=True)
    coin = models.ForeignKey(Coin, on_delete=models.PROTECT, related_name="pools")
    profile = models.CharField(max_length=24, default="auto", help_text="How this kind of pool reads a login.")
    password = EncryptedTextField(blank=True, default="", help_text="Empty is sent as the pool's usual one.")
    difficulty = models.PositiveBigIntegerField(default=0, help_text="To ask for; 0 is the pool's own choice.")
    email = models.CharField(max_length=120, blank=True)
    is_solo = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=["password"])

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Endpoint(models.Model):
    """One host:port of a pool. `priority` 1 is tried first."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="endpoints")
    priority = models.PositiveSmallIntegerField(default=1)
    scheme = models.CharField(max_length=16, choices=SCHEMES, default="stratum+ssl")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(65535)])
    tls_fingerprint = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the certificate, 64 hex digits."
    )
    rpc_user = models.CharField(max_length=64, blank=True, help_text="Of an own node's RPC.")
    rpc_password = EncryptedTextField(blank=True, default="")
    is_enabled = models.BooleanField(default=True)
    history = HistoricalRecords(excluded_fields=["rpc_password"])

    class Meta:
        ordering = ("pool", "priority", "pk")
        constraints = (models.UniqueConstraint(fields=("pool", "scheme", "host", "port"), name="endpoint_is_unique"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """host:port as people read it, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
