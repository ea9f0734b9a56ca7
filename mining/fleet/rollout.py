"""Rollout: one plan for many Nodes, tried out on a few of them first. What to do next, from what is seen. Pure.

A tenth of the group, at least one Node, and only Nodes that are there, get the plan first. When each of them was
verified hashing and held for a while, the rest follows in waves. When one of the first does not hold, all of the first
go back to what they did before, and nobody else is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

CANARY_PERCENT = 10
WAVE_SIZE = 50
AWAY_S = 30.0
"""A Node that is not there and has not taken its plan for so long is not waited for."""


class Stage(StrEnum):
    """How far a rollout is."""

    CANARY = "canary"
    REST = "rest"
    TAKING_BACK = "taking_back"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self in (Stage.DONE, Stage.FAILED, Stage.STOPPED)


class Step(StrEnum):
    """How far it is on one Node."""

    WAITING = "waiting"
    SENT = "sent"
    VERIFIED = "verified"
    FAILED = "failed"
    TAKEN_BACK = "taken_back"
    AWAY = "away"
    UNTOUCHED = "untouched"


class Order(StrEnum):
    """What is to be done with a Node. `BACK`: hand it the plan from before, or stop it where there was none."""

    NOTHING = ""
    SEND = "send"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Member:
    """A Node in a rollout. `plan_state`: of the plan that it was sent, a word of its receipts; `since_s`: how long it
    is in its step; `is_present`: whether the console hears it."""

    key: int
    name: str
    wave: int
    step: Step
    plan_state: str = ""
    reason: str = ""
    since_s: float = 0.0
    is_present: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """`verify_s`: to be verified hashing; `hold_s`: to hold after that; `most_failed`: among the rest."""

    verify_s: float = 900.0
    hold_s: float = 60.0
    most_failed: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """Another step of a Node, and what is to be done for it."""

    key: int
    step: Step
    reason: str = ""
    order: Order = Order.NOTHING


@dataclass(frozen=True, slots=True)
class Turn:
    """What comes next. Without moves and with the same stage nothing is to be done."""

    stage: Stage
    reason: str
    moves: tuple[Move, ...] = ()


def waves_of(
    nodes: Sequence[tuple[int, bool]], *, percent: int = CANARY_PERCENT, wave_size: int = WAVE_SIZE
) -> dict[int, int]:
    """Return the wave of each Node (key, whether it is present), 0 for those that try it out.

    Raises ValueError when none is present: then nothing could be verified.
    """
    present = [key for key, is_present in nodes if is_present]
    if not present:
        raise ValueError("no node is present")
    count = min(len(present), max(1, ceil(len(nodes) * percent / 100)))
    first = {present[place * len(present) // count] for place in range(count)}  # from all over the list
    rest = [key for key, _ in nodes if key not in first]
    return {key: 0 for key in first} | {key: 1 + place // wave_size for place, key in enumerate(rest)}


def turn(stage: Stage, members: Sequence[Member], limits: Limits) -> Turn:
    """Return what comes next."""
    if stage.is_over:
        return Turn(stage, "")
    seen = [_seen(member, limits) for member in members]
    moves = {move.key: move for move in seen if move is not None}
    now = [_after(member, moves.get(member.key)) for member in members]
    match stage:
        case Stage.CANARY:
            return _canary(now, limits, moves)
        case Stage.TAKING_BACK:
            return _take_back(now, moves, "")
        case _:
            return _rest(now, limits, moves)


def _after(member: Member, move: Move | None) -> Member:
    return member if move is None else replace(member, step=move.step, reason=move.reason, since_s=0.0)


def _seen(member: Member, limits: Limits) -> Move | None:
    """The step that a Node has made by itself."""
    key, state = member.key, member.plan_state
    if member.step is Step.VERIFIED and member.wave == 0 and state in ("failed", "rolled_back", "superseded"):
        return Move(key, Step.FAILED, member.reason or _UNTOLD[state])
    if member.step is Step.AWAY:
        return Move(key, Step.VERIFIED) if state == "verified" else None
    if member.step is not Step.SENT:
        return None
    if state == "verified":
        return Move(key, Step.VERIFIED)
    if state in _UNTOLD:
        return Move(key, Step.FAILED, member.reason or _UNTOLD[state])
    if member.wave and state == "queued" and not member.is_present and member.since_s >= AWAY_S:
        return Move(key, Step.AWAY, "it is not there now, and follows when it is back")
    if member.since_s >= limits.verify_s:
        return Move(key, Step.FAILED, f"not verified hashing within {limits.verify_s:.0f} s ({state or 'no plan'})")
    return None


_UNTOLD = {
    "failed": "the plan failed there",
    "rolled_back": "the node went back to its plan before",
    "superseded": "another plan came meanwhile",
}


def _canary(now: Sequence[Member], limits: Limits, moves: dict[int, Move]) -> Turn:
    first = [member for member in now if member.wave == 0 and member.step is not Step.UNTOUCHED]
    failed = next((member for member in first if member.step is Step.FAILED), None)
    if failed is not None:
        return _take_back(now, moves, f"{failed.name}: {failed.reason}")
    moves |= {each.key: Move(each.key, Step.SENT, "", Order.SEND) for each in first if each.step is Step.WAITING}
    has_held = all(member.step is Step.VERIFIED and member.since_s >= limits.hold_s for member in first)
    return Turn(Stage.REST if has_held else Stage.CANARY, "", tuple(moves.values()))


def _take_back(now: Sequence[Member], moves: dict[int, Move], reason: str) -> Turn:
    """The first ones go back; who has not been sent anything stays as it is."""
    for member in now:
        if member.step is Step.WAITING:
            moves[member.key] = Move(member.key, Step.UNTOUCHED)
        elif member.step is Step.FAILED and member.plan_state == "rolled_back":
            moves[member.key] = Move(member.key, Step.TAKEN_BACK, member.reason)  # by itself
        elif member.step is Step.FAILED and member.plan_state in ("", "superseded"):
            continue  # it was given nothing, or somebody else's plan, which is not ours to end
        elif member.step in (Step.SENT, Step.VERIFIED, Step.FAILED, Step.AWAY):
            why = member.reason if member.step is Step.FAILED else reason
            moves[member.key] = Move(member.key, Step.TAKEN_BACK, why, Order.BACK)
    return Turn(Stage.FAILED, reason, tuple(moves.values()))


def _rest(now: Sequence[Member], limits: Limits, moves: dict[int, Move]) -> Turn:
    rest = [member for member in now if member.wave > 0]
    failed = [member for member in rest if member.step is Step.FAILED]
    open_waves = [member.wave for member in rest if member.step in (Step.WAITING, Step.SENT)]
    if len(failed) > limits.most_failed:
        moves |= {each.key: Move(each.key, Step.UNTOUCHED) for each in rest if each.step is Step.WAITING}
        reason = f"{failed[0].name}: {failed[0].reason}"
        is_settled = not any(member.step is Step.SENT for member in rest)
        return Turn(Stage.FAILED if is_settled else Stage.REST, reason, tuple(moves.values()))
    wave = min(open_waves, default=0)
    moves |= {
        each.key: Move(each.key, Step.SENT, "", Order.SEND)
        for each in rest
        if each.wave == wave and each.step is Step.WAITING
    }
    return Turn(Stage.REST if open_waves else Stage.DONE, "", tuple(moves.values()))
