"""Reads the event log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from mining.models import Event, Node


def event_list(
    *,
    kind: str = "",
    level: str = "",
    node: Node | None = None,
    actor: str = "",
    target_kind: str = "",
    target_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
) -> QuerySet[Event]:
    """The events, newest first, each with its node and user. One query.

    `kind`: the whole one or its beginning before the dot ("pool"). `text` is looked for in sentence and actor. `since`
    is inside, `until` outside of the time asked for.
    """
    rows = Event.objects.select_related("node", "user").order_by("-at", "-pk")
    if kind:
        rows = rows.filter(Q(kind=kind) | Q(kind__startswith=f"{kind}."))
    if text:
        rows = rows.filter(Q(sentence__icontains=text) | Q(actor__icontains=text))
    wanted = {
        "level": level, "node": node, "actor": actor, "target_kind": target_kind, "target_id": target_id,
        "at__gte": since, "at__lt": until,
    }  # fmt: skip
    return rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None)})
