"""Reads the packed rate history as series for charts."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from mining.models import Node, RateBlock
from mining.services.errors import InvalidError
from mining.telemetry.series import Series, make_series, window_for

MOST_POINTS = 5000
DEFAULT_POINTS = 300
LONGEST = timedelta(days=2 * 366)
"""Twice of what is kept: a longer time only costs memory."""


def series(node: Node, *, start: datetime, end: datetime, points: int = DEFAULT_POINTS) -> Series:
    """The history of a node from `start` to `end` in at most `points` bins, one query.

    The finest tier that still keeps `start` is used; the bins' borders are multiples of their step, so that a chart
    holds still when it is drawn again. Each algorithm has a track of its own; None is a gap. Raises InvalidError for an
    empty or too long time, or a number of points that cannot be.
    """
    fields = {}
    if not end > start:
        fields["end"] = [f"{end.isoformat()} is not after the start {start.isoformat()}. Name a later end."]
    elif end - start > LONGEST:
        fields["start"] = [f"A series cannot be longer than {LONGEST.days} days. Name a later start."]
    if not 1 <= points <= MOST_POINTS:
        fields["points"] = [f"A series cannot have {points} points. Use 1 to {MOST_POINTS}."]
    if fields:
        raise InvalidError(fields)
    window = window_for(start.timestamp(), end.timestamp(), points, time.time())
    tier = window.tier
    rows = RateBlock.objects.filter(
        node=node, step_s=tier.step_s, start__gt=window.start - tier.span_s, start__lt=window.end
    )
    blocks = rows.order_by("start").values_list("algorithm", "start", "data")
    return make_series(window, ((algorithm, at, bytes(data)) for algorithm, at, data in blocks))
