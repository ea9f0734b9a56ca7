"""Rollouts: one wish for all machines of a group, tried out on a few of them first."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mining.models.node_groups import NodeGroup
from mining.models.nodes import Node
from mining.models.plans import Plan


class RolloutStage(models.TextChoices):
    """How far a rollout is; the words of `mining.fleet.rollout.Stage`."""

    CANARY = "canary", "tried out"
    REST = "rest", "the rest follows"
    TAKING_BACK = "taking_back", "being taken back"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    STOPPED = "stopped", "stopped"


class RolloutStep(models.TextChoices):
    """How far it is on one machine; the words of `mining.fleet.rollout.Step`."""

    WAITING = "waiting", "waits for its turn"
    SENT = "sent", "sent"
    VERIFIED = "verified", "verified hashing"
    FAILED = "failed", "failed"
    TAKEN_BACK = "taken_back", "taken back"
    AWAY = "away", "away: it follows when it is back"
    UNTOUCHED = "untouched", "untouched"


class Rollout(models.Model):
    """`wish`: what was chosen, with the numbers of rows; `values`: the keys that it says, without secrets.

    `actor_…`: in whose name plans are made; `is_confirmed`: that person gave the password for another payee.
    `busy_until`: whoever carries it on has it to itself until then.
    """

    group = models.ForeignKey(NodeGroup, null=True, on_delete=models.SET_NULL, related_name="rollouts")
    group_name = models.CharField(max_length=64)
    wish = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=12, choices=RolloutStage, default=RolloutStage.CANARY)
    stage_reason = models.CharField(max_length=400, blank=True)
    stage_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    actor_name = models.CharField(max_length=150)
    actor_key = models.CharField(max_length=80)
    actor_role = models.PositiveSmallIntegerField()
    is_confirmed = models.BooleanField(default=False)
    is_payee_change = models.BooleanField(default=False)
    verify_s = models.PositiveIntegerField(help_text="How long a machine may take to be verified hashing.")
    hold_s = models.PositiveIntegerField(help_text="How long the first ones must hold before the rest follows.")
    most_failed = models.PositiveIntegerField(help_text="More failures than these among the rest stop it.")
    busy_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"rollout {self.pk} to {self.group_name}"


class RolloutNode(models.Model):
    """One machine of a rollout. `wave` 0 tries it out. `before_version`: its plan before; 0: it had none."""

    rollout = models.ForeignKey(Rollout, on_delete=models.CASCADE, related_name="nodes")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="rollouts")
    wave = models.PositiveIntegerField()
    step = models.CharField(max_length=12, choices=RolloutStep, default=RolloutStep.WAITING)
    reason = models.CharField(max_length=400, blank=True)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.SET_NULL, related_name="rollouts")
    before_version = models.PositiveIntegerField(default=0)
    step_at = models.DateTimeField()

    class Meta:
        ordering = ("rollout", "wave", "pk")
        constraints = (models.UniqueConstraint(fields=("rollout", "node"), name="rollout_node_is_unique"),)

    def __str__(self) -> str:
        return f"{self.node}: {self.step}"
