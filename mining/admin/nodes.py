"""Nodes in the admin: what a machine does now, what is pinned on it and how to release that, and its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mining.admin.act import Act, show_act
from mining.admin.base import HistoryAdmin, attempt
from mining.admin.live import LivePages, LiveRow, live_column
from mining.admin.live_figures import NODE_FIGURES, figure_of, node_rows
from mining.admin.marks import button, shown
from mining.admin.site import actor_of, console
from mining.configuration.origins import from_pin
from mining.models import Node
from mining.selectors.nodes import node_list
from mining.selectors.plans import payee_notice, plan_current
from mining.services.actors import Actor, Role, require
from mining.services.control import node_order
from mining.services.node_status import node_status
from mining.services.nodes import node_rename
from mining.telemetry.frame import Frame
from mining.terminal.figures import format_hashrate
from mining.terminal.sentences import payee_sentence

_QUESTIONS = {
    "start": "Workers and memory are made, and mining begins with what the node follows now.",
    "stop": "Workers end and their memory is released; the node stays reachable, so it can be started again here.",
    "pause": "Hashing pauses; the session at the pool and the memory stay.",
    "resume": "Hashing goes on.",
}


@register(Node, site=console)
class NodeAdmin(LivePages, HistoryAdmin):
    """Machines. The figures of this computer change each second; those of others stand with their age."""

    change_role = act_role = Role.OPERATOR
    list_display = (
        "name", "live_state", "age", "rate_now", "rate_60", "accepted", "rejected", "stale", "cores", "intensity",
        "link", "followed",
    )  # fmt: skip
    list_filter = ("is_local", "version")
    search_fields = ("name", "ulid")
    actions_detail = ("start_mining", "pause_mining", "resume_mining", "stop_mining")
    empty_hint = "This computer registers itself when it mines for the first time: run the command mine."
    readonly_fields = (
        "payee", "following", "pinned", "hardware_facts", "ulid", "public_key", "version", "registered_at",
        "last_frame_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name",)}),
        ("Paid and planned", {"fields": ("payee", "following")}),
        (
            "Pinned on the node",
            {
                "fields": ("pinned",),
                "description": "What was given on the node itself (command line, environment, its file) is not changed "
                "from here. A pin on one setting locks no other.",
            },
        ),
        ("Machine", {"fields": ("hardware_facts", "ulid", "public_key", "version", "registered_at", "last_frame_at")}),
    )

    live_state, rate_now, rate_60, accepted, rejected, stale, cores, intensity, link, age = (
        live_column(figure_of(NODE_FIGURES, name))
        for name in (
            "state", "rate_now", "rate_60", "accepted", "rejected", "stale", "cores", "intensity", "link", "age",
        )
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Node]:
        """As the rest of the console lists them."""
        return node_list()

    def live_rows(self, rows: Sequence[Node]) -> Mapping[int, LiveRow]:
        """As they were recorded last."""
        return node_rows(rows)

    @shown("Plan", ordering="followed_version")
    def followed(self, node: Node) -> str:
        """The plan it follows."""
        return str(node.followed_version) if node.followed_version else "own settings"

    @shown("Paid")
    def payee(self, node: Node) -> str:
        """For whom it mines, and whether that changed lately."""
        frame = node_status(node).frame
        line = payee_sentence(frame.payee, frame.coin) if frame is not None else "not known while it does not run"
        notice = payee_notice(node)
        return f"{line}. {notice.sentence} ({notice.at:%Y-%m-%d %H:%M} UTC)" if notice is not None else line

    @shown("Plan")
    def following(self, node: Node) -> str | SafeString:
        """The plan it verified last."""
        plan = plan_current(node)
        if plan is None:
            return "none: it follows its own settings"
        url = f"../../../plan/{plan.pk}/change/"
        return format_html('<a class="underline" href="{}">plan {}</a> ({})', url, plan.version, plan.reason or "–")

    @shown("Pins")
    def pinned(self, node: Node) -> str | SafeString:
        """Each pin with its source and the way to release it."""
        rows = [(key, source, from_pin(key, source).release) for key, source in sorted(node_status(node).pins.items())]
        if not rows:
            return "nothing: every setting can be changed from here"
        items = format_html_join("", "<li><b>{}</b>: {}. To release it: {}.</li>", rows)
        return format_html("<ul>{}</ul>", items)

    @shown("Hardware")
    def hardware_facts(self, node: Node) -> str | SafeString:
        """As the node read it."""
        facts = [(name.replace("_", " "), value) for name, value in node.hardware.items() if value not in (None, "")]
        return format_html_join("", "<div>{}: {}</div>", facts) if facts else "–"

    def update(self, actor: Actor, row: Node, form: forms.ModelForm[Any], formsets: Sequence[Any]) -> None:
        """Call it something else."""
        node_rename(actor, row, name=form.cleaned_data["name"])

    @button("Start", icon="play_arrow", permission="act")
    def start_mining(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin mining."""
        return self._order(request, object_id, "start")

    @button("Pause", icon="pause", permission="act")
    def pause_mining(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pause."""
        return self._order(request, object_id, "pause")

    @button("Resume", icon="resume", permission="act")
    def resume_mining(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on."""
        return self._order(request, object_id, "resume")

    @button("Stop", icon="stop", permission="act")
    def stop_mining(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End mining."""
        return self._order(request, object_id, "stop")

    def _order(self, request: HttpRequest, object_id: str, op: str) -> HttpResponse:
        node = self.row_or_404(request, object_id)
        require(actor_of(request), Role.OPERATOR, "control the miner")
        back = self.url_of("change", node.pk)
        if request.method == "POST":

            def give() -> str:
                node_order(actor_of(request), node, op)
                return f"{node} was told: {op}."

            return attempt(request, give) or HttpResponseRedirect(back)
        status = node_status(node)
        facts = [("State now", status.sentence + _figures(status.frame))]
        return show_act(
            request, self, Act(f"{op.capitalize()} {node}?", _QUESTIONS[op], op.capitalize(), back, facts=facts)
        )


def _figures(frame: Frame | None) -> str:
    if frame is None:
        return ""
    return f", {format_hashrate(frame.hashrate_hps.s60)} over 60 s, {frame.shares.accepted} shares accepted"
