"""Shares and sessions of a node."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from minerconsole.api.access import reader_of
from minerconsole.api.places import USUAL, Before, Limit, Since, Ulid, Until, node_at
from minerconsole.api.schemas.fields import Line
from minerconsole.api.schemas.records import SessionOut, SessionsOut, ShareCountsOut, ShareOut, SharesOut
from mining.selectors import shares
from mining.selectors.pages import newest
from mining.selectors.sessions import session_list as sessions_of

router = Router()
Outcome = Annotated[
    Literal["accepted", "rejected", "stale", "lost"] | None, Query(description="Only those that ended so.")
]
Cursor = Annotated[Line, Query("", max_length=40, description="`cursor` of the page in front.")]


@router.get("/{ulid}/shares", response=SharesOut)
def share_list(
    request: HttpRequest,
    ulid: Ulid,
    outcome: Outcome = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> SharesOut:
    """List the shares of a node, newest first, each with its one outcome."""
    reader_of(request)
    page = shares.share_list(node_at(ulid), outcome=outcome, since=since, until=until, limit=limit, cursor=cursor)
    return SharesOut(shares=[ShareOut.of(row) for row in page.shares], cursor=page.cursor)


@router.get("/{ulid}/shares/counts", response=ShareCountsOut)
def share_counts(request: HttpRequest, ulid: Ulid, since: Since = None, until: Until = None) -> ShareCountsOut:
    """Count the shares of a node by outcome; their work for each algorithm, never added across them."""
    reader_of(request)
    counts = shares.share_counts(node_at(ulid), since=since, until=until)
    return ShareCountsOut(found=counts.found, **asdict(counts))


@router.get("/{ulid}/sessions", response=SessionsOut)
def session_list(request: HttpRequest, ulid: Ulid, limit: Limit = USUAL, before: Before = None) -> SessionsOut:
    """List the sessions of a node at pools and daemons, newest first."""
    reader_of(request)
    page = newest(sessions_of(node_at(ulid)), by="started_at", limit=limit, before=before)
    return SessionsOut(sessions=[SessionOut.of(row) for row in page.rows], before=page.before)
