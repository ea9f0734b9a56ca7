"""What must happen so that a Node that follows one Plan follows another one. Pure: two values in, steps out.

A field of a Plan belongs to exactly one kind below; the kind says how much has to be given up for a change of it.
"""

from __future__ import annotations

from enum import StrEnum

from mining.engine.plan import Plan

VERIFY_S = 120.0
"""How long a changed plan may take to hold, in seconds beside the time for building memory."""

LIVE_FIELDS = frozenset({"cores", "intensity", "is_paused"})
"""The Crew follows these while it hashes."""

SOURCE_FIELDS = frozenset(
    {
        "kind",
        "coin",
        "endpoints",
        "wallet",
        "worker",
        "pool_password",
        "difficulty",
        "payment_id",
        "pool_difficulty",
        "pool_email",
        "is_solo",
        "pool_profile",
        "tls_fingerprint",
    }
)
"""These need another job source, but neither other processes nor other memory."""

STRETCH_FIELDS = frozenset({"algorithm", "mode", "huge_pages", "priority"})
"""These need other processes and other memory: a new stretch of mining."""

SWITCH_FIELDS = frozenset({"is_started"})
"""Whether there is a stretch of mining at all."""

NOTE_FIELDS = frozenset({"version", "pins", "sources", "payee_source", "held", "duration_s", "shares"})
"""Nothing has to happen for these: they are shown, or looked at in each round."""


class Step(StrEnum):
    """One thing to do, in the order of the tuple that `steps_between` returns."""

    STOP = "stop"
    START = "start"
    CHANGE_SOURCE = "change_source"
    FOLLOW = "follow"


def steps_between(running: Plan | None, wanted: Plan) -> tuple[Step, ...]:
    """Return the steps from what runs (`running`: the Plan of the stretch of mining, None without one) to `wanted`.

    Empty when nothing has to happen; so it is again after the steps were taken.
    """
    if running is None:
        return (Step.START,) if wanted.is_started else ()
    if not wanted.is_started:
        return (Step.STOP,)
    if is_other(running, wanted, STRETCH_FIELDS):
        return (Step.STOP, Step.START)
    steps = (Step.CHANGE_SOURCE,) if is_other(running, wanted, SOURCE_FIELDS) else ()
    return (*steps, Step.FOLLOW) if is_other(running, wanted, LIVE_FIELDS) else steps


def is_other(one: Plan, other: Plan, fields: frozenset[str]) -> bool:
    """Whether two Plans differ in one of `fields`."""
    return any(getattr(one, field) != getattr(other, field) for field in fields)
