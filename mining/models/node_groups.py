"""Groups and tags: how people order the machines of a fleet. A plan is rolled out to a group."""

from __future__ import annotations

from django.db import models

from mining.models.nodes import Node


class NodeGroup(models.Model):
    """Machines that shall do the same. A machine is in one group at most, so that what it should run has one answer."""

    name = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A machine in its group."""

    node = models.OneToOneField(Node, on_delete=models.CASCADE, related_name="group_place")
    group = models.ForeignKey(NodeGroup, on_delete=models.CASCADE, related_name="members")

    class Meta:
        ordering = ("group", "node")

    def __str__(self) -> str:
        return f"{self.node} in {self.group}"


class NodeTag(models.Model):
    """A word that any number of machines carry, to find them by."""

    name = models.CharField(max_length=32, unique=True)
    nodes = models.ManyToManyField(Node, related_name="tags", blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
