"""Rate history, packed: a row holds many samples of one Node and tier, never one row a sample."""

from __future__ import annotations

from django.db import models

from mining.models.nodes import Node


class RateBlock(models.Model):
    """Samples of one Node, `step_s` seconds apart, from `start` on (Unix seconds, a multiple of the block's span).

    `data`: float32 columns one after the other, compressed; `mining.telemetry.history` owns the layout.
    """

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="rate_blocks")
    algorithm = models.CharField(max_length=16)
    step_s = models.PositiveIntegerField(help_text="1, 10, 60 or 900")
    start = models.PositiveBigIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ("node", "step_s", "start")
        constraints = (
            models.UniqueConstraint(fields=("node", "step_s", "start", "algorithm"), name="rate_block_is_unique"),
        )


class JournalPosition(models.Model):
    """How far a Node's journal is in the rows; written in the same transaction as what was read."""

    node = models.OneToOneField(Node, on_delete=models.CASCADE, related_name="journal")
    file = models.CharField(max_length=80, blank=True)
    offset = models.PositiveBigIntegerField(default=0)
    dropped_samples = models.PositiveBigIntegerField(default=0)
    unreadable_lines = models.PositiveBigIntegerField(default=0)
    frame_id = models.CharField(
        max_length=32, blank=True, help_text="Of the last Frame in the history, in the stream of a Node far away."
    )
    updated_at = models.DateTimeField(auto_now=True)
