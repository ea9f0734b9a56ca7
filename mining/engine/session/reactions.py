"""What a session does about a refusal: the table of reasons turned into one step. Pure.

The connection carries the step out; what a share's own outcome is, `mining.stratum.reasons` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from mining.engine.session.ownership import DISPUTED, End
from mining.engine.session.problems import LinkError, StoppedPoolError
from mining.stratum.profiles import Behaviour
from mining.stratum.reasons import RATE_LIMITED, Reaction, Reason

LOW_DIFFICULTY_IN_A_ROW = 3
_LONG_DELAY_S = 30


@dataclass(frozen=True, slots=True)
class Step:
    """`end` with `error`, where the session shall not go on so. `drops_job`: the pool does not know the share's job any
    more, `tells_drop`: and its owner shall be told (`said`). `slows_down`: ask for fewer shares, `slows_beat`: send
    fewer heartbeats. `counts_low`: one more hash in a row that the pool computes otherwise."""

    end: End | None = None
    error: LinkError | None = None
    drops_job: bool = False
    tells_drop: bool = False
    slows_down: bool = False
    slows_beat: bool = False
    counts_low: bool = False
    said: str = ""


STAY = Step()


def step_for_share(reason: Reason, said: str, behaviour: Behaviour, *, is_current: bool, low_in_a_row: int) -> Step:
    """Return what follows from a refused share. `is_current`: it was one of the newest job; `low_in_a_row`: shares
    before it, in a row, that the pool computed otherwise. `said` is a sentence for people."""
    replaced = LinkError(said, code=reason.key)
    match reason.reaction:
        case Reaction.STAY:
            return STAY
        case Reaction.RETRY:
            return _leave(said, reason, behaviour) if reason.delay_s >= _LONG_DELAY_S else STAY
        case Reaction.DROP_JOB if reason.is_invalid:
            return Step(End.REPLACE, replaced, drops_job=True)
        case Reaction.DROP_JOB:
            return Step(drops_job=True, tells_drop=True, said=said)
        case Reaction.RECONNECT_IF_CURRENT if is_current:
            return Step(End.REPLACE, LinkError(f"{said} of its current job", code="desynchronised"), drops_job=True)
        case Reaction.RECONNECT_IF_CURRENT:
            return Step(drops_job=True)
        case Reaction.RECONNECT:
            return Step(End.REPLACE, replaced)
        case Reaction.REBUILD if low_in_a_row + 1 >= LOW_DIFFICULTY_IN_A_ROW:
            error = LinkError(f"{said}, {low_in_a_row + 1} times", code=DISPUTED)
            return Step(End.REPLACE, error, counts_low=True)
        case Reaction.REBUILD:
            return Step(counts_low=True)
        case Reaction.SLOW_DOWN:
            return Step(slows_down=True)
        case Reaction.LEAVE_POOL:
            return _leave(said, reason, behaviour)
        case Reaction.STOP_POOL if reason.is_invalid or reason.key == "programming_error":
            return _leave(said, reason, behaviour)  # one share says nothing about the next
        case Reaction.STOP_POOL:
            return Step(End.DROP, StoppedPoolError(said, next_step=reason.meaning, code=reason.key))
        case _:
            assert_never(reason.reaction)


def step_for_words(reason: Reason, said: str, behaviour: Behaviour, *, is_heartbeat: bool = False) -> Step:
    """Return what follows from words that answer no share: only those that name the end of the session or a ban count,
    and the limit of heartbeats, which are then sent more rarely."""
    if reason.reaction is Reaction.RECONNECT:
        return Step(End.REPLACE, LinkError(said, code=reason.key))
    if reason.reaction is Reaction.LEAVE_POOL:
        return _leave(said, reason, behaviour)
    if is_heartbeat and reason is RATE_LIMITED:
        error = LinkError(f"{said}, to a heartbeat", next_step="Heartbeats are sent more rarely from now on.",
                          code=reason.key, leave_s=float(reason.delay_s))  # fmt: skip
        return Step(End.DROP, error, slows_beat=True)
    return STAY


def _leave(said: str, reason: Reason, behaviour: Behaviour) -> Step:
    leave_s = float(max(reason.delay_s, behaviour.ban_s))
    return Step(End.DROP, LinkError(said, next_step=reason.meaning, code=reason.key, leave_s=leave_s))
