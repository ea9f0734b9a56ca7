"""reconcile(desired, observed) -> actions for the Core workers. Pure: the clock is an argument.

Called after every event and on every round; calling it again without news changes nothing (idempotent).
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

SILENCE_S = 20.0
TERM_GRACE_S = 2.0
FIRST_DELAY_S = 0.05
LAST_DELAY_S = 5.0


@dataclass(frozen=True, slots=True)
class SlotView:
    """One core as seen now. `is_wanted`: shall have a worker. `is_ready`: memory and Host allow a fork.
    `silent_s`: since its last heartbeat. `asked_to_end_s`: since an EXIT or TERM was sent, None before."""

    slot: int
    is_wanted: bool
    is_ready: bool
    is_alive: bool
    start_at: float
    silent_s: float
    asked_to_end_s: float | None
    was_termed: bool = False


@dataclass(frozen=True, slots=True)
class StartWorker:
    """Fork a worker for the slot."""

    slot: int


@dataclass(frozen=True, slots=True)
class AskExit:
    """Let the worker settle and end by itself."""

    slot: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a signal to the worker."""

    slot: int
    number: signal.Signals


Action = StartWorker | AskExit | Signal


def reconcile_slot(view: SlotView, now: float, *, silence_s: float = SILENCE_S) -> Action | None:
    """Return what to do for one slot, or None."""
    if not view.is_alive:
        if view.is_wanted and view.is_ready and now >= view.start_at:
            return StartWorker(view.slot)
        return None
    is_mute = view.silent_s > silence_s
    is_overdue = view.asked_to_end_s is not None and view.asked_to_end_s > TERM_GRACE_S
    if view.was_termed:
        return Signal(view.slot, signal.SIGKILL) if is_overdue else None
    if is_mute or is_overdue:
        return Signal(view.slot, signal.SIGTERM)
    if not view.is_wanted and view.asked_to_end_s is None:
        return AskExit(view.slot)
    return None


def restart_delay_s(failures: int) -> float:
    """Wait before the next fork after `failures` deaths in a row without a hash: 0, 50 ms, doubled up to 5 s."""
    if failures <= 0:
        return 0.0
    return float(min(LAST_DELAY_S, FIRST_DELAY_S * 2 ** min(failures - 1, 10)))
