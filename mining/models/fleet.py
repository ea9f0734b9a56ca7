"""A fleet's ways in: tokens with which machines join, and what each machine that joined may do at the broker."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mining.models.nodes import Node


class JoinToken(models.Model):
    """A one-time password with which one machine joins. Only its hash is kept."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    prefix = models.CharField(max_length=12, help_text="How it begins, to recognise it by.")
    name = models.CharField(max_length=64, blank=True, help_text="What the machine is called; else its host name.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    node = models.ForeignKey(
        Node, null=True, blank=True, on_delete=models.SET_NULL, related_name="join_tokens", help_text="Who used it."
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "invitation"

    def __str__(self) -> str:
        return f"{self.prefix}…"


class MemberState(models.TextChoices):
    """What a machine of the fleet is to this console."""

    MEMBER = "member", "member"
    CLONED = "cloned", "cloned"
    LEFT = "left", "left"


class NodeAccess(models.Model):
    """A machine that joined: its user at the broker, and whether two machines use it at once.

    `password_digest` is the SHA-256 of its password, as the broker keeps it: enough to give it its user again.
    """

    node = models.OneToOneField(Node, on_delete=models.CASCADE, related_name="access")
    state = models.CharField(max_length=8, choices=MemberState, default=MemberState.MEMBER)
    state_reason = models.CharField(max_length=300, blank=True)
    state_at = models.DateTimeField()
    password_digest = models.CharField(max_length=64)
    joined_at = models.DateTimeField()
    told_version = models.PositiveIntegerField(default=0, help_text="Plan that it followed when it joined.")
    run = models.CharField(max_length=26, blank=True, help_text="Of the start of it that was heard last.")
    machine = models.CharField(max_length=16, blank=True, help_text="Digest of what that machine is.")
    heard_at = models.DateTimeField(null=True, blank=True, help_text="Its last beat, by the console's clock.")
    clock_offset_s = models.FloatField(null=True, blank=True, help_text="The broker's clock less the Node's.")

    class Meta:
        ordering = ("node",)
        verbose_name_plural = "node accesses"

    def __str__(self) -> str:
        return f"{self.node}: {self.state}"
