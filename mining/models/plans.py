"""Plans: what a Node shall do, in versions that never change, and how far each of them got."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mining.models.coins import Coin, Wallet
from mining.models.encrypted import EncryptedBytesField
from mining.models.nodes import Node
from mining.models.pools import Pool


class PlanState(models.TextChoices):
    """How far a plan got; the words of its receipts."""

    QUEUED = "queued", "queued"
    DELIVERED = "delivered", "delivered"
    APPLIED = "applied", "applied"
    VERIFIED = "verified", "verified hashing"
    FAILED = "failed", "failed"
    ROLLED_BACK = "rolled_back", "rolled back"
    SUPERSEDED = "superseded", "superseded"


class Plan(models.Model):
    """One version of the desired state of one Node. Only its state changes after it was made.

    `values` maps configuration keys to text, without secrets; `document` holds the canonical bytes that were signed
    (`mining.engine.signed_plan`), with secrets, encrypted at rest.
    """

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    document = EncryptedBytesField(editable=False)
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    coin = models.ForeignKey(Coin, null=True, blank=True, on_delete=models.PROTECT, related_name="plans")
    wallet = models.ForeignKey(Wallet, null=True, blank=True, on_delete=models.PROTECT, related_name="plans")
    pools = models.ManyToManyField(Pool, through="PlanPool", related_name="plans", blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was made, in words.")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    is_payee_change = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=PlanState, default=PlanState.QUEUED)
    state_reason = models.CharField(max_length=400, blank=True)
    state_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("node", "-version")
        constraints = (models.UniqueConstraint(fields=("node", "version"), name="plan_version_is_unique"),)

    def __str__(self) -> str:
        return f"{self.node}, plan {self.version}"


class PlanPool(models.Model):
    """A pool of a plan; `position` 1 is mined at first."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("plan", "position")
        constraints = (models.UniqueConstraint(fields=("plan", "position"), name="plan_pool_position_is_unique"),)


class Receipt(models.Model):
    """One step of a plan at its Node. Rows are added, never changed."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="receipts")
    state = models.CharField(max_length=16, choices=PlanState)
    reason = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("plan", "pk")
        constraints = (models.UniqueConstraint(fields=("plan", "state", "at"), name="receipt_is_unique"),)

    def __str__(self) -> str:
        return f"{self.plan}: {self.state}"
