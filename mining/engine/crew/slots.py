"""Slot: one logical CPU of a Crew, what is wanted of it, and its worker. State only; nothing is signalled here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Slot:
    """One logical CPU and its worker. `pid` is 0 while there is none; times are monotonic seconds.

    `kernel_wrong_hashes`: those of `wrong_hashes` that our kernel computed. `kernel_told`: the last trouble of our
    kernel that a person was told of, a value of Kernel.
    """

    slot: int
    core: int
    is_wanted: bool = False
    pid: int = 0
    start_at: float = 0.0
    started_at: float = 0.0
    is_starting: bool = False
    hashes_at_start: int = 0
    failures: int = 0
    mismatches: int = 0
    wrong_hashes: int = 0
    kernel_wrong_hashes: int = 0
    kernel_wrong_at: float | None = None
    kernel_told: int = 0
    restarts: int = 0
    asked_to_end_at: float | None = None
    was_termed: bool = False
    is_quarantined: bool = False
    last_exit: str = ""

    def choose(self, is_wanted: bool) -> None:
        """Let it hash or not; a change is a new chance for a core that failed or was put aside."""
        if self.is_wanted != is_wanted:
            self.is_wanted = is_wanted
            self.failures, self.start_at = 0, 0.0
            self.is_quarantined = False

    def start_ordered(self, now: float, hashes: int) -> None:
        """A worker is being forked; `hashes` is what the slot has counted so far."""
        self.is_starting, self.started_at = True, now
        self.asked_to_end_at, self.was_termed = None, False
        self.hashes_at_start = hashes

    def started(self, pid: int) -> None:
        """Its worker runs."""
        self.pid, self.is_starting = pid, False

    def ended(self) -> None:
        """Its worker was collected by the Host."""
        self.pid, self.asked_to_end_at, self.was_termed = 0, None, False

    def host_gone(self) -> None:
        """The Host died: its worker is an orphan, a start that was ordered never happens."""
        if self.pid:
            self.restarts += 1
        self.ended()
        self.is_starting, self.start_at = False, 0.0


def living(slots: Iterable[Slot]) -> list[Slot]:
    """Return the slots that have a worker."""
    return [slot for slot in slots if slot.pid]
