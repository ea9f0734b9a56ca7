"""The event log: who changed what, when, from what to what. Rows are added, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mining.models.nodes import Node


class Event(models.Model):
    """One act of a person, a program or a Node. `old` and `new` never hold a secret."""

    at = models.DateTimeField(db_index=True)
    level = models.CharField(max_length=8, default="info", help_text="info, warning, error")
    kind = models.CharField(max_length=48, db_index=True, help_text="Such as pool.changed, plan.rolled_back.")
    sentence = models.CharField(max_length=400)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    actor = models.CharField(
        max_length=150, help_text="As it was named then: a user, a token, the command line, a Node."
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    node = models.ForeignKey(Node, null=True, blank=True, on_delete=models.SET_NULL, related_name="events")
    target_kind = models.CharField(max_length=24, blank=True)
    target_id = models.CharField(max_length=32, blank=True)
    old = models.JSONField(default=dict, blank=True)
    new = models.JSONField(default=dict, blank=True)
    epoch = models.CharField(max_length=26, blank=True)
    serial = models.PositiveBigIntegerField(null=True, blank=True, help_text="For events of a Node: its journal line.")

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("node", "epoch", "serial"),
                condition=models.Q(serial__isnull=False),
                name="node_event_is_unique",
            ),
        )

    def __str__(self) -> str:
        return self.sentence
