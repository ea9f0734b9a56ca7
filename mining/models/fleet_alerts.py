"""Alerts of a fleet: what went wrong with a machine, from when to when, and whether somebody was told. Each once."""

from __future__ import annotations

from django.db import models

from mining.models.nodes import Node


class FleetAlert(models.Model):
    """One trouble. `node` null: of the fleet as a whole. `told_at` null: not told yet, it may pass by itself."""

    node = models.ForeignKey(Node, null=True, blank=True, on_delete=models.CASCADE, related_name="fleet_alerts")
    code = models.CharField(max_length=24, help_text="offline, cloned, plan_failed, nobody_heard")
    sentence = models.CharField(max_length=300)
    began_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("node", "code"), condition=models.Q(ended_at__isnull=True), name="open_alert_is_unique"
            ),
        )

    def __str__(self) -> str:
        return self.sentence
