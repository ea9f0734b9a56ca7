"""What the age of a Node's newest Frame is called: the one place with the limits. By the receiver's clock. Pure."""

from __future__ import annotations

from enum import StrEnum

LIVE_S, LATE_S, STALE_S = 3.0, 10.0, 60.0
"""Up to these ages figures are live, late, stale. The pages name the same limits (js/freshness.js)."""


class Presence(StrEnum):
    """How sure it is that a Node does now what its newest Frame says."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    OFFLINE = "offline"
    NEVER = "never"

    @property
    def is_counted(self) -> bool:
        """Whether the Node's figures are part of sums."""
        return self in (Presence.LIVE, Presence.LATE)


def presence_of(age_s: float | None) -> Presence:
    """Name an age in seconds; None: no Frame was ever received."""
    if age_s is None:
        return Presence.NEVER
    if age_s > STALE_S:
        return Presence.OFFLINE
    if age_s > LATE_S:
        return Presence.STALE
    return Presence.LATE if age_s > LIVE_S else Presence.LIVE
