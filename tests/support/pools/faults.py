"""What can go wrong with a pool: faults as data, alone or in random sequences that a seed repeats."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

FLOOD_BYTES = 100_000_000


class FaultKind(StrEnum):
    """One kind of trouble. `seconds` of the fault is how long it lasts, unless it says otherwise."""

    FORGET = "the ids of all sessions are forgotten after `seconds`, the sockets stay open"
    DROP_REPLIES = "no request is answered; jobs still come"
    LATE_REPLIES = "answers come `delay_s` late"
    UNAUTHENTICATED_ONCE = "the next share is answered `text`, by default as an unknown id is"
    RESTART = "all sockets are closed; `seconds` later the same port listens again, with a new id space"
    DUPLICATE_JOB = "the last job of each session is pushed again"
    EMPTY_JOB = "a job without blob, id and target is pushed"
    ID_ZERO = "answers carry the id 0"
    SPLIT = "lines arrive in pieces of a few bytes"
    GLUE = "lines of 50 ms arrive in one piece"
    HALF_OPEN = "nothing is read or answered any more on the sockets that there are"
    VANISH = "the sockets are gone without a FIN (without the right for that: with a reset)"
    BAN = "the ban text, the end of the connection, and no login for `seconds`"
    DELAYED_LOGIN_ERROR = "the next login is refused with `text`, `delay_s` late"
    REFUSE_LOGIN = "logins are refused with `text`"
    SILENT = "new connections are accepted and never answered"
    VARDIFF = "a new job with the same blob and the difficulty `number` (Stratum V1: a new job of `difficulty`)"
    SAME_JOB_VARDIFF = "another `difficulty`, and the same job again with it (Stratum V1)"
    OTHER_ALGORITHM = "a job of the algorithm `text`, and `seconds` later one of the right algorithm"
    FLOOD = "`number` bytes (0: 100 MB) without a line end to every connection"
    SET_EXTRANONCE = "a new extranonce, and a new job with it, or the same if there is a `text` (Stratum V1)"
    GARBAGE_JOB = "a job that cannot be mined is pushed (Stratum V1)"
    SHOW_MESSAGE = "client.show_message with `text` (Stratum V1)"
    GET_VERSION = "client.get_version (Stratum V1)"
    PING = "mining.ping (Stratum V1)"
    RECONNECT = "client.reconnect to `text`:`number`"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; the fields that a kind does not name mean nothing to it."""

    kind: FaultKind
    seconds: float = 1.0
    delay_s: float = 1.0
    text: str = ""
    number: int = 0
    difficulty: float = 0.0


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault and when it comes, in seconds from the start of the schedule."""

    at_s: float
    fault: Fault


RANDOM_FAULTS: tuple[Fault, ...] = (
    Fault(FaultKind.FORGET, seconds=0.0),
    Fault(FaultKind.DROP_REPLIES, seconds=1.0),
    Fault(FaultKind.LATE_REPLIES, seconds=2.0, delay_s=0.5),
    Fault(FaultKind.UNAUTHENTICATED_ONCE),
    Fault(FaultKind.RESTART, seconds=0.3),
    Fault(FaultKind.DUPLICATE_JOB),
    Fault(FaultKind.EMPTY_JOB),
    Fault(FaultKind.ID_ZERO, seconds=0.5),
    Fault(FaultKind.SPLIT, seconds=2.0),
    Fault(FaultKind.GLUE, seconds=2.0),
    Fault(FaultKind.HALF_OPEN),
    Fault(FaultKind.VANISH),
    Fault(FaultKind.BAN, seconds=1.0),
    Fault(FaultKind.SILENT, seconds=1.0),
    Fault(FaultKind.VARDIFF, number=5),
    Fault(FaultKind.VARDIFF, number=10),
    Fault(FaultKind.OTHER_ALGORITHM, seconds=0.5, text="cn/r"),
    Fault(FaultKind.FLOOD, number=3 << 20),
)


def random_schedule(
    seed: int,
    count: int,
    *,
    gap_s: tuple[float, float] = (0.5, 3.0),
    faults: Iterable[Fault] = RANDOM_FAULTS,
) -> tuple[ScheduledFault, ...]:
    """Return `count` faults with random gaps between them; the same seed gives the same ones."""
    dice, choices = random.Random(seed), tuple(faults)
    at_s, schedule = 0.0, []
    for _ in range(count):
        at_s += dice.uniform(*gap_s)
        schedule.append(ScheduledFault(at_s, dice.choice(choices)))
    return tuple(schedule)


@dataclass(slots=True)
class Trouble:
    """The faults that last: until when (monotonic seconds) each holds, and what is due once."""

    until: dict[FaultKind, float] = field(default_factory=dict)
    delay_s: float = 0.0
    refusal: str = ""
    delayed_refusal: str = ""
    delayed_refusal_s: float = 0.0
    unauthenticated_text: str | None = None
    pieces: random.Random = field(default_factory=lambda: random.Random(1))

    def begin(self, kind: FaultKind, seconds: float) -> None:
        """Let a lasting fault hold from now on."""
        self.until[kind] = time.monotonic() + seconds

    def has(self, kind: FaultKind) -> bool:
        """Whether a lasting fault holds."""
        return time.monotonic() < self.until.get(kind, -math.inf)

    def end_all(self) -> None:
        """Heal everything that lasts or is still due."""
        self.until.clear()
        self.refusal = self.delayed_refusal = ""
        self.unauthenticated_text = None
