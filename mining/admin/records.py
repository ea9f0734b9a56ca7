"""What happened, in the admin: shares, sessions, events. Nobody changes these rows by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.admin import register

from mining.admin.base import ReadOnlyAdmin
from mining.admin.live import LivePages, LiveRow, live_column
from mining.admin.live_figures import SESSION_FIGURES, figure_of, session_rows
from mining.admin.site import console
from mining.models import Event, PoolSession, Share


@register(Share, site=console)
class ShareAdmin(ReadOnlyAdmin):
    """Shares, each with its one outcome."""

    list_display = ("at", "node", "outcome", "reason", "coin", "endpoint", "core", "difficulty", "rtt_ms", "job_age_s")
    list_filter = ("outcome", "node", "algorithm", "coin", "reason")
    list_select_related = ("node",)
    search_fields = ("endpoint", "job_id", "nonce", "detail")
    date_hierarchy = "at"
    empty_hint = "Shares come by luck: at a usual pool in minutes to an hour. The page Now says how long to expect."


@register(PoolSession, site=console)
class PoolSessionAdmin(LivePages, ReadOnlyAdmin):
    """Sessions at job sources; the open one of this computer changes each second."""

    list_display = (
        "started_at", "node", "endpoint", "live_state", "age", "duration", "accepted", "rejected", "stale",
        "last_share", "credited", "coin", "end_cause",
    )  # fmt: skip
    list_filter = ("node", "kind", "is_tls", "coin")
    list_select_related = ("node",)
    search_fields = ("endpoint", "end_cause")
    date_hierarchy = "started_at"
    empty_hint = "A session is written down when a node logs in somewhere."

    live_state, duration, accepted, rejected, stale, last_share, credited, age = (
        live_column(figure_of(SESSION_FIGURES, name))
        for name in ("state", "duration", "accepted", "rejected", "stale", "last_share", "credited", "age")
    )

    def live_rows(self, rows: Sequence[PoolSession]) -> Mapping[int, LiveRow]:
        """With the shares that were recorded."""
        return session_rows(rows)


@register(Event, site=console)
class EventAdmin(ReadOnlyAdmin):
    """Who did what, when, from what to what."""

    list_display = ("at", "level", "kind", "sentence", "actor", "node", "address")
    list_filter = ("level", "kind", "node")
    list_select_related = ("node", "user")
    search_fields = ("sentence", "actor", "kind")
    date_hierarchy = "at"
    empty_hint = "What people, programs and nodes do is written down here."
