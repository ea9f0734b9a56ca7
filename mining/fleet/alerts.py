"""Which alerts begin, are told and end: each trouble of a Node once, from what is seen now. Pure.

A trouble is told when it is still there some time after it was first seen, and its end only when its beginning was
told: a line that shakes, or a console that has just started and heard nobody yet, tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

PATIENCE_S: Mapping[str, float] = {"offline": 60.0, "nobody_heard": 60.0, "cloned": 0.0, "plan_failed": 0.0}
"""How long a trouble must last before it is told. A Node is offline only after a minute of silence."""

Key = tuple[int | None, str]
"""Number of a Node (None: the whole fleet) and code of its trouble."""


@dataclass(frozen=True, slots=True)
class Open:
    """A trouble that is known. `lasts_s`: since it was first seen."""

    lasts_s: float
    is_told: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do: `begin` (keep it), `tell`, `end` (its end is told), `forget` (nobody was told of it)."""

    begin: list[Key] = field(default_factory=list)
    tell: list[Key] = field(default_factory=list)
    end: list[Key] = field(default_factory=list)
    forget: list[Key] = field(default_factory=list)


def seen_troubles(states: Mapping[int, Set[str]], *, heard: int) -> set[Key]:
    """Return what is wrong now. `states`: the troubles of each Node; `heard`: how many Nodes are. When none of several
    is, that is one trouble (the broker, the network), not one of each."""
    if len(states) > 1 and heard == 0 and all("offline" in found for found in states.values()):
        return {(None, "nobody_heard")}
    return {(node, code) for node, found in states.items() for code in found}


def alert_changes(known: Mapping[Key, Open], seen: Set[Key]) -> Changes:
    """Return what changed. Calling it again with what came of it changes nothing."""
    changes = Changes()
    order = sorted(seen | known.keys(), key=lambda key: (key[0] or 0, key[1]))
    # While nobody is heard, nothing is known of single Nodes: their silence neither ends nor is told.
    is_dark = (None, "nobody_heard") in seen
    for key in order:
        found = known.get(key)
        if key in seen and found is None:
            changes.begin.append(key)
        elif key in seen and found is not None and not found.is_told and found.lasts_s >= PATIENCE_S.get(key[1], 0.0):
            changes.tell.append(key)
        elif key not in seen and found is not None and not (is_dark and key[0] is not None):
            (changes.end if found.is_told else changes.forget).append(key)
    return changes
