"""Rate history of a node."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.params.functions import Query

from minerconsole.api.access import reader_of
from minerconsole.api.places import Ulid, node_at
from minerconsole.api.schemas.fields import Moment
from minerconsole.api.schemas.records import SeriesOut
from mining.selectors.history import DEFAULT_POINTS, MOST_POINTS, series

router = Router()
_USUAL = timedelta(hours=24)
Start = Annotated[Moment | None, Query(description="Default: a day before `end`.")]
End = Annotated[Moment | None, Query(description="Default: now.")]
Points = Annotated[int, Query(ge=1, le=MOST_POINTS, description="How many bins at most.")]


@router.get("/{ulid}/series", response=SeriesOut)
def node_series(
    request: HttpRequest, ulid: Ulid, start: Start = None, end: End = None, points: Points = DEFAULT_POINTS
) -> SeriesOut:
    """Show hash rates and counts over time, for each algorithm on its own, from the finest tier that still has them."""
    reader_of(request)
    last = end or timezone.now()
    found = series(node_at(ulid), start=start or last - _USUAL, end=last, points=points)
    return SeriesOut(**asdict(found))
