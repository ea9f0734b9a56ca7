"""Nodes: the machines that mine, also when there is only this one."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords


class Node(models.Model):
    """One machine. `ulid` and `public_key` are its identity; the name is a label."""

    ulid = models.CharField(max_length=26, unique=True)
    name = models.CharField(max_length=64)
    public_key = models.CharField(max_length=64, blank=True, help_text="Ed25519, 64 hex digits.")
    is_local = models.BooleanField(default=False, help_text="This computer.")
    hardware = models.JSONField(
        default=dict, blank=True, help_text="CPU, cores, caches, memory, as the Node read them."
    )
    version = models.CharField(max_length=32, blank=True, help_text="Of MinerConsole on it.")
    registered_at = models.DateTimeField(auto_now_add=True)
    last_frame_at = models.DateTimeField(null=True, blank=True, help_text="By this console's clock.")
    followed_version = models.PositiveIntegerField(default=0, help_text="Plan that it follows; 0: its own settings.")
    pins = models.JSONField(default=dict, blank=True, help_text="Keys that are locked on it, and by what.")
    history = HistoricalRecords(excluded_fields=["last_frame_at", "hardware", "pins", "followed_version"])

    class Meta:
        ordering = ("-is_local", "name", "pk")

    def __str__(self) -> str:
        return self.name


class BenchmarkRun(models.Model):
    """A benchmark that was started from the console, and what came of it."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="benchmarks")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    algorithm = models.CharField(max_length=16)
    hashes = models.PositiveBigIntegerField()
    cores = models.CharField(max_length=200, blank=True, help_text="Such as 0-3,6; empty: what the caches carry.")
    mode = models.CharField(max_length=8, default="auto", help_text="auto, light")
    state = models.CharField(max_length=16, default="running", help_text="running, done, failed, cancelled")
    result = models.JSONField(default=dict, blank=True)
    sentence = models.CharField(max_length=300, blank=True)
    started_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.algorithm}, {self.hashes} hashes"
