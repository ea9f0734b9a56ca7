"""Groups of nodes in the admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectMultipleWidget

from mining.admin.base import RoleAdmin, ServiceForm
from mining.admin.marks import shown
from mining.admin.site import console
from mining.models import Node, NodeGroup
from mining.selectors.node_groups import group_list
from mining.services.actors import Actor, Role
from mining.services.node_groups import group_create, group_delete, group_fill, group_update


class GroupForm(ServiceForm):
    """Name, note, and which nodes are in it."""

    nodes = forms.ModelMultipleChoiceField(
        queryset=Node.objects.all(), required=False, widget=UnfoldAdminSelectMultipleWidget,
        help_text="A node is in one group at most: one that is chosen here leaves its other group.",
    )  # fmt: skip

    class Meta:
        model = NodeGroup
        fields = ("name", "note")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if "nodes" in self.fields and self.instance.pk is not None:
            self.fields["nodes"].initial = self.instance.members.values_list("node_id", flat=True)

    def _post_clean(self) -> None:
        """The service checks the row."""


@register(NodeGroup, site=console)
class NodeGroupAdmin(RoleAdmin):
    """Nodes that shall do the same."""

    form = GroupForm
    add_role = change_role = delete_role = Role.OPERATOR
    list_display = ("name", "size", "note", "created_at")
    search_fields = ("name", "note")
    fields = ("name", "note", "nodes")
    empty_hint = "Add one and choose its nodes; then a plan can be rolled out to all of them."

    def get_queryset(self, request: HttpRequest) -> QuerySet[NodeGroup]:
        """With the numbers of nodes."""
        return group_list()

    @shown("Nodes", ordering="size")
    def size(self, group: Any) -> int:
        """How many nodes are in it."""
        return int(group.size)

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> NodeGroup:
        """Make it."""
        values = form.cleaned_data
        return group_create(actor, name=values["name"], note=values["note"], nodes=values["nodes"])

    def update(self, actor: Actor, row: NodeGroup, form: Any, formsets: Sequence[Any]) -> None:
        """Change it."""
        values = form.cleaned_data
        group_fill(actor, group_update(actor, row, name=values["name"], note=values["note"]), values["nodes"])

    def remove(self, actor: Actor, row: NodeGroup) -> None:
        """Remove it; its nodes stay."""
        group_delete(actor, row)
