"""What happened, in the admin: shares, sessions, events. Nobody changes these rows by hand."""

from __future__ import annotations

from django.contrib.admin import register

from mining.admin.base import ReadOnlyAdmin
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
class PoolSessionAdmin(ReadOnlyAdmin):
    """Sessions at job sources."""

    list_display = ("started_at", "node", "endpoint", "kind", "is_tls", "coin", "login_masked", "ended_at", "end_cause")
    list_filter = ("node", "kind", "is_tls", "coin")
    list_select_related = ("node",)
    search_fields = ("endpoint", "end_cause")
    date_hierarchy = "started_at"
    empty_hint = "A session is written down when a node logs in somewhere."


@register(Event, site=console)
class EventAdmin(ReadOnlyAdmin):
    """Who did what, when, from what to what."""

    list_display = ("at", "level", "kind", "sentence", "actor", "node", "address")
    list_filter = ("level", "kind", "node")
    list_select_related = ("node", "user")
    search_fields = ("sentence", "actor", "kind")
    date_hierarchy = "at"
    empty_hint = "What people, programs and nodes do is written down here."
