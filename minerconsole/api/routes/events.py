"""The event log: who did what, when, from what to what."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from minerconsole.api.access import reader_of
from minerconsole.api.places import USUAL, Before, Limit, Since, Until, node_at
from minerconsole.api.schemas.fields import Line
from minerconsole.api.schemas.records import EventOut, EventsOut
from mining.selectors import events
from mining.selectors.pages import newest

router = Router()
Kind = Annotated[Line, Query("", max_length=48, description='Whole, or its beginning before the dot ("pool").')]
Level = Annotated[Literal["info", "warning", "error"] | None, Query(description="How grave.")]
NodeWord = Annotated[Line, Query("", max_length=26, description="Only of the node with this ULID.")]
ActorWord = Annotated[Line, Query("", max_length=150, description="Who did it, as events name them.")]
Text = Annotated[Line, Query("", max_length=100, description="A part of the sentence or of the actor.")]


@router.get("", response=EventsOut)
def event_list(
    request: HttpRequest,
    kind: Kind = "",
    level: Level = None,
    node: NodeWord = "",
    actor: ActorWord = "",
    text: Text = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = USUAL,
    before: Before = None,
) -> EventsOut:
    """List what happened, newest first. Secrets are never in it, addresses are shortened."""
    reader_of(request)
    rows = events.event_list(
        kind=kind,
        level=level or "",
        node=node_at(node) if node else None,
        actor=actor,
        text=text,
        since=since,
        until=until,
    )
    page = newest(rows, by="at", limit=limit, before=before)
    return EventsOut(events=[EventOut.of(row) for row in page.rows], before=page.before)
