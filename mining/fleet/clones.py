"""Tells two machines that live under one ULID from one machine that was started again. Pure.

Each `node run` draws a random run id and sends it with every beat. After a restart the old id is never heard again;
when it is heard after a newer one, both are alive: the home folder was copied. No clock is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life. `run`: of this start; `machine`: digest of what the machine is; `host`: its name."""

    run: str
    machine: str
    host: str = ""


def clones_among(beats: Iterable[Beat]) -> tuple[Beat, Beat] | None:
    """Return two beats of runs that were alive at once, None when each run came after the end of the one before.

    `beats`: of one ULID, in the order in which the broker got them.
    """
    ended: dict[str, Beat] = {}
    present: Beat | None = None
    for beat in beats:
        if present is not None and beat.run != present.run:
            ended[present.run] = present
        if present is not None and beat.run in ended:
            return beat, present
        present = beat
    return None
