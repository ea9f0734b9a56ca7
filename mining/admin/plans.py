"""Plans in the admin: what each version says, how far it got, what it would change, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mining.admin.act import Act, show_act
from mining.admin.base import ReadOnlyAdmin, attempt
from mining.admin.marks import button, shown
from mining.admin.plan_form import WishForm
from mining.admin.site import actor_of, console
from mining.models import Plan, PlanState
from mining.selectors.plans import base_plan, plan_current
from mining.services.actors import Actor, Role, require
from mining.services.plan_changes import Change, plan_changes
from mining.services.plans import plan_create, plan_deliver, plan_rollback
from mining.services.shown_values import shown_values

_COLUMNS = ("Setting", "Now", "Afterwards", "What it costs")


@register(Plan, site=console)
class PlanAdmin(ReadOnlyAdmin):
    """Versions of what a node shall do; they never change, a new one takes their place."""

    add_role = Role.OPERATOR
    act_role = Role.OPERATOR
    list_display = ("version", "node", "shown_state", "coin", "wallet", "reason", "created_by", "created_at")
    list_display_links = ("version",)
    list_filter = ("node", "state", "coin", "is_payee_change")
    list_select_related = ("node", "coin", "wallet", "created_by")
    search_fields = ("reason", "state_reason", "digest")
    ordering = ("-created_at",)
    actions_detail = ("apply_to_node", "roll_back_to_this")
    empty_hint = (
        "Make one on the page Set up: coin, pool, wallet, and it starts. Or add one here and apply it to a node."
    )
    readonly_fields = (
        "node", "version", "shown_state", "what_it_says", "what_differs", "timeline", "reason", "created_by",
        "created_at", "is_payee_change", "parent", "digest",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("node", "version", "shown_state", "reason", "created_by", "created_at")}),
        ("What it says", {"fields": ("what_it_says",)}),
        ("Against the running plan", {"fields": ("what_differs",)}),
        ("Receipts", {"fields": ("timeline",)}),
        ("Proof", {"fields": ("is_payee_change", "parent", "digest")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Without the documents, which hold secrets."""
        rows: QuerySet[Plan] = super().get_queryset(request).defer("document").prefetch_related("receipts")
        return rows

    # --- a new one --------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a wish for a new plan."""
        if obj is None:
            kwargs["form"] = WishForm
            kwargs["fields"] = ("node",)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a person chooses, or what there is."""
        return self.fieldsets if obj is not None else WishForm.FIELDSETS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything, once it is there."""
        return self.readonly_fields if obj is not None else ()

    def create(self, actor: Actor, form: Any, formsets: Sequence[Any]) -> Plan:
        """Make it and sign it; it waits until it is applied."""
        return plan_create(actor, form.cleaned_data["node"], form.wish(), reason=form.cleaned_data["why"])

    # --- what is shown ----------------------------------------------------------------------------------------------

    @shown("State", ordering="state")
    def shown_state(self, plan: Plan) -> str:
        """How far it got, with the reason."""
        reason = f": {plan.state_reason}" if plan.state_reason else ""
        return f"{_MARKS.get(PlanState(plan.state), '○')} {plan.get_state_display()}{reason}"

    @shown("Settings")
    def what_it_says(self, plan: Plan) -> SafeString:
        """Keys and texts, without secrets."""
        rows = [(key, text) for key, text in shown_values(plan.values).items()]
        return format_html_join("", "<div>{}: {}</div>", rows)

    @shown("Differences")
    def what_differs(self, plan: Plan) -> str | SafeString:
        """What applying it would change."""
        running = plan_current(plan.node)
        if running is not None and running.pk == plan.pk:
            return "This is the running plan."
        rows = [(change.key, change.old or "–", change.new or "–") for change in _changes(running, plan)]
        return format_html_join("", "<div>{}: {} → {}</div>", rows) if rows else "Nothing."

    @shown("Steps")
    def timeline(self, plan: Plan) -> SafeString:
        """Each receipt, oldest first."""
        rows = [
            (
                f"{receipt.at:%Y-%m-%d %H:%M:%S}",
                receipt.get_state_display(),
                f": {receipt.reason}" if receipt.reason else "",
            )
            for receipt in plan.receipts.all()
        ]
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} {}{}</li>", rows))

    # --- the way there and back -------------------------------------------------------------------------------------

    @button("Apply to node", icon="send", permission="act")
    def apply_to_node(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand a queued plan over; an older one comes back as a new version."""
        plan = self.row_or_404(request, object_id)
        return self._ask(request, plan, f"Apply plan {plan.version} to {plan.node}?", "Apply it")

    @button("Roll back to this", icon="undo", permission="act")
    def roll_back_to_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a new plan with the values of this one and hand it over."""
        plan = self.row_or_404(request, object_id)
        return self._ask(request, plan, f"Roll {plan.node} back to plan {plan.version}?", "Roll back")

    def _ask(self, request: HttpRequest, plan: Plan, title: str, button: str) -> HttpResponse:
        require(actor_of(request), Role.OPERATOR, "apply plans")
        back = self.url_of("change", plan.pk)
        if request.method == "POST":
            made: list[Plan] = []

            def hand_over() -> str:
                made.append(_handed_over(actor_of(request), plan, is_rollback=button == "Roll back"))
                return f"Plan {made[0].version}: {made[0].get_state_display()}. {made[0].state_reason}".strip()

            answer = attempt(request, hand_over)
            return answer or HttpResponseRedirect(self.url_of("change", made[0].pk) if made else back)
        rows = [
            (change.key, change.old, change.new, change.cost.value) for change in _changes(base_plan(plan.node), plan)
        ]
        question = (
            "The node tests it, follows it, and reports when it hashes as it should; if it does not within its limit, "
            "the node goes back to the last plan that worked and says why."
        )
        return show_act(request, self, Act(title, question, button, back, columns=_COLUMNS, rows=rows))


_MARKS = {
    PlanState.VERIFIED: "✓",
    PlanState.FAILED: "✕",
    PlanState.ROLLED_BACK: "↩",
    PlanState.DELIVERED: "◷",
    PlanState.APPLIED: "◷",
}


def _changes(base: Plan | None, plan: Plan) -> list[Change]:
    return plan_changes({} if base is None else base.values, plan.values)


def _handed_over(actor: Actor, plan: Plan, *, is_rollback: bool) -> Plan:
    if plan.state == PlanState.QUEUED and not is_rollback:
        return plan_deliver(actor, plan)
    return plan_rollback(actor, plan.node, plan.version)
