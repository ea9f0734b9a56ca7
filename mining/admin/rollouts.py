"""Rollouts in the admin: what would change on each node, how far it is on each, and how to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from mining.admin.act import Act, show_act
from mining.admin.base import ReadOnlyAdmin, attempt
from mining.admin.marks import button, shown
from mining.admin.plan_form import WishForm
from mining.admin.site import actor_of, console
from mining.models import Rollout, RolloutStage, RolloutStep
from mining.selectors.rollouts import UNDER_WAY, rollout_list, rollout_nodes
from mining.services.actors import Actor, Role, require
from mining.services.errors import InvalidError
from mining.services.rollouts import NodePreview, RolloutPreview, rollout_preview, rollout_start, rollout_stop
from mining.services.shown_values import shown_values

_MOST_SHOWN = 30
_MARKS = {
    RolloutStage.CANARY: "◷", RolloutStage.REST: "◷", RolloutStage.TAKING_BACK: "↩", RolloutStage.DONE: "✓",
    RolloutStage.FAILED: "✕", RolloutStage.STOPPED: "■",
}  # fmt: skip
_STEP_MARKS = {
    RolloutStep.WAITING: "○", RolloutStep.SENT: "◷", RolloutStep.VERIFIED: "✓", RolloutStep.FAILED: "✕",
    RolloutStep.TAKEN_BACK: "↩", RolloutStep.AWAY: "◌", RolloutStep.UNTOUCHED: "–",
}  # fmt: skip


class RolloutForm(WishForm):
    """What all nodes of a group shall do. Without `begins` it is only looked at."""

    FIELDSETS: ClassVar[Any] = (
        (None, {"fields": ("group", "why", "canary_percent", "begins")}),
        *WishForm.FIELDSETS[1:],
    )

    canary_percent = forms.IntegerField(
        label="Tried out on, %", min_value=1, max_value=100, initial=10, widget=UnfoldAdminIntegerFieldWidget,
        help_text="At least one node. The rest follows when these hash as they should and held for a minute.",
    )  # fmt: skip
    begins = forms.BooleanField(
        label="Start it", required=False, widget=UnfoldBooleanSwitchWidget,
        help_text="Off: say what would change on each node, and start nothing.",
    )  # fmt: skip

    class Meta:
        model = Rollout
        fields = ("group",)


@register(Rollout, site=console)
class RolloutAdmin(ReadOnlyAdmin):
    """One plan for a group: tried out on some nodes, then given to the rest, or taken back."""

    add_role = act_role = Role.OPERATOR
    list_display = ("number", "group_name", "shown_stage", "progress", "reason", "actor_name", "created_at")
    list_display_links = ("number",)
    list_filter = ("stage", "group")
    search_fields = ("group_name", "reason", "stage_reason")
    ordering = ("-created_at",)
    actions_detail = ("stop_here", "take_back")
    empty_hint = "Make a group of nodes, then add a rollout: it shows what would change on each node before it starts."
    readonly_fields = (
        "group_name", "shown_stage", "progress", "steps", "what_it_says", "reason", "actor_name", "created_at",
        "is_payee_change", "verify_s", "hold_s", "most_failed",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("group_name", "shown_stage", "progress", "reason", "actor_name", "created_at")}),
        ("Nodes", {"fields": ("steps",)}),
        ("What it says", {"fields": ("what_it_says", "is_payee_change")}),
        ("Limits", {"fields": ("verify_s", "hold_s", "most_failed")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rollout]:
        """With the numbers of nodes."""
        return rollout_list()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a wish for a new one."""
        if obj is None:
            kwargs["form"] = RolloutForm
            kwargs["fields"] = ("group",)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a person chooses, or what there is."""
        return self.fieldsets if obj is not None else RolloutForm.FIELDSETS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything, once it is there."""
        return self.readonly_fields if obj is not None else ()

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> Rollout:
        """Start it, or say what it would do."""
        values, percent = form.cleaned_data, form.cleaned_data["canary_percent"]
        if not values["begins"]:
            raise InvalidError(
                {"": _told(rollout_preview(actor, values["group"], form.wish(), canary_percent=percent))}
            )
        return rollout_start(actor, values["group"], form.wish(), reason=values["why"], canary_percent=percent)

    @shown("Rollout", ordering="pk")
    def number(self, rollout: Rollout) -> str:
        """Its number."""
        return f"rollout {rollout.pk}"

    @shown("Stage", ordering="stage")
    def shown_stage(self, rollout: Rollout) -> str:
        """How far it is, with the reason."""
        reason = f": {rollout.stage_reason}" if rollout.stage_reason else ""
        return f"{_MARKS[RolloutStage(rollout.stage)]} {rollout.get_stage_display()}{reason}"

    @shown("Verified")
    def progress(self, rollout: Any) -> str:
        """How many of its nodes hash as they should."""
        return f"{rollout.verified} of {rollout.size}"

    @shown("Steps")
    def steps(self, rollout: Rollout) -> SafeString:
        """Each node, those that try it out first."""
        rows = [
            (
                _STEP_MARKS[RolloutStep(row.step)],
                row.node.name,
                "tries it out" if row.wave == 0 else f"wave {row.wave}",
                row.get_step_display(),
                f": {row.reason}" if row.reason else "",
            )
            for row in rollout_nodes(rollout)
        ]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{} {} ({}) {}{}</li>", rows))

    @shown("Settings")
    def what_it_says(self, rollout: Rollout) -> SafeString:
        """Keys and texts, without secrets."""
        return format_html_join("", "<div>{}: {}</div>", shown_values(rollout.values).items())

    @button("Stop here", icon="stop", permission="act")
    def stop_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it to nobody else."""
        question = "Nobody else gets it. Nodes that have it keep it."
        return self._ask(request, object_id, "Stop", question, is_taken_back=False)

    @button("Stop and take back", icon="undo", permission="act")
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Those that try it out go back as well."""
        question = "Nobody else gets it, and every node that has it goes back to the plan from before."
        return self._ask(request, object_id, "Take back", question, is_taken_back=True)

    def _ask(
        self, request: HttpRequest, object_id: str, word: str, question: str, *, is_taken_back: bool
    ) -> HttpResponse:
        rollout = self.row_or_404(request, object_id)
        require(actor_of(request), Role.OPERATOR, "stop rollouts")
        back = self.url_of("change", rollout.pk)
        if request.method == "POST":

            def stop() -> str:
                rollout_stop(actor_of(request), rollout, is_taken_back=is_taken_back)
                return f"{rollout} is stopped."

            return attempt(request, stop) or HttpResponseRedirect(back)
        is_over = rollout.stage not in UNDER_WAY
        return show_act(
            request, self, Act(f"{word} {rollout}?", "It is over already." if is_over else question, word, back)
        )


def _told(preview: RolloutPreview) -> list[str]:
    """What would change, a sentence for each node."""
    head = preview.trouble or "Nothing was started. This is what would change; switch on Start it to begin."
    more = len(preview.nodes) - _MOST_SHOWN
    lines = [_line(each) for each in preview.nodes[:_MOST_SHOWN]]
    return [head, *lines, *([f"… and {more} nodes more."] if more > 0 else [])]


def _line(each: NodePreview) -> str:
    if each.refusal:
        return f"{each.node.name} is left out: {each.refusal}"
    changes = ", ".join(f"{change.key} {change.old or '–'} → {change.new or '–'}" for change in each.changes)
    where = "tries it out" if each.wave == 0 else f"wave {each.wave}"
    return f"{each.node.name} ({where}): {changes or 'nothing changes'}"
