"""What came of mining: pool sessions, link events and shares, each kept whole."""

from __future__ import annotations

from django.db import models

from mining.models.nodes import Node


class PoolSession(models.Model):
    """One authenticated connection to a job source. `epoch`: the Supervisor's start; `generation`: its serial there."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="sessions")
    epoch = models.CharField(max_length=26)
    generation = models.PositiveIntegerField()
    endpoint = models.CharField(max_length=280)
    kind = models.CharField(max_length=16, blank=True, help_text="offline, daemon or pool")
    profile = models.CharField(max_length=24, blank=True)
    is_tls = models.BooleanField(default=False)
    coin = models.CharField(max_length=24, blank=True)
    algorithm = models.CharField(max_length=16, blank=True)
    login_masked = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_cause = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-started_at",)
        constraints = (models.UniqueConstraint(fields=("node", "epoch", "generation"), name="session_is_unique"),)
        indexes = (models.Index(fields=("node", "-started_at")),)

    def __str__(self) -> str:
        return f"{self.endpoint} #{self.generation}"


class LinkEvent(models.Model):
    """A change of the link's state, with the named cause of a loss."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="link_events")
    epoch = models.CharField(max_length=26)
    serial = models.PositiveBigIntegerField(help_text="Number of its line in the Node's journal of this epoch.")
    at = models.DateTimeField()
    link = models.CharField(max_length=16)
    endpoint = models.CharField(max_length=280, blank=True)
    cause = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("-at", "-serial")
        constraints = (models.UniqueConstraint(fields=("node", "epoch", "serial"), name="link_event_is_unique"),)
        indexes = (models.Index(fields=("node", "-at")),)


class Share(models.Model):
    """One share and its one outcome. Never dropped: the optimizer and every statistic stand on these rows."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="shares")
    epoch = models.CharField(max_length=26)
    serial = models.PositiveBigIntegerField(help_text="Number of its line in the Node's journal of this epoch.")
    at = models.DateTimeField(help_text="When its outcome was known, by the Node's clock.")
    found_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, help_text="accepted, rejected, stale, lost")
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    algorithm = models.CharField(max_length=16)
    coin = models.CharField(max_length=24, blank=True)
    endpoint = models.CharField(max_length=280, blank=True)
    session_generation = models.PositiveIntegerField(default=0)
    generation = models.PositiveBigIntegerField(default=0, help_text="Serial number of its job in the engine.")
    job_id = models.CharField(max_length=120, blank=True)
    height = models.PositiveBigIntegerField(null=True, blank=True)
    nonce = models.CharField(max_length=16, blank=True)
    core = models.PositiveIntegerField()
    difficulty = models.FloatField(help_text="Expected hashes of its job.")
    pool_difficulty = models.FloatField(null=True, blank=True, help_text="As the pool says it.")
    rtt_ms = models.FloatField(null=True, blank=True)
    check_ms = models.FloatField(null=True, blank=True)
    job_age_s = models.FloatField(null=True, blank=True)
    plan_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-at", "-serial")
        constraints = (models.UniqueConstraint(fields=("node", "epoch", "serial"), name="share_is_unique"),)
        indexes = (
            models.Index(fields=("node", "-at")),
            models.Index(fields=("node", "outcome", "-at")),
        )

    def __str__(self) -> str:
        return f"{self.outcome} {self.nonce}"
