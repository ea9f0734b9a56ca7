"""What the doctor says: a finding per limiter, and the changes that would mend it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "info", "warn", "bad", "unknown"]
LIMITING: tuple[State, ...] = ("warn", "bad")


@dataclass(frozen=True, slots=True)
class Change:
    """One kernel file and the value it should hold. `is_number`: a later undo subtracts instead of writing back."""

    path: str
    value: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """What `doctor --fix` would do, in words and as changes; it lasts until the next boot."""

    code: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One limiter of the hash rate.

    `sentence` names the cause, `command` is the one command that mends it ("" when there is none), `effect` what to
    expect of it, with the source of the figure. warn and bad limit the rate; unknown could not be found out.
    """

    code: str
    title: str
    state: State
    sentence: str
    command: str = ""
    effect: str = ""
    fix: Fix | None = None

    @property
    def is_limiting(self) -> bool:
        """Whether the hash rate suffers."""
        return self.state in LIMITING
