"""What processes cost: CPU and memory of each part of a console, sampled while it runs. Reads /proc."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.support.process_facts import cpu_seconds, fields_of, proportional_mib


@dataclass
class Part:
    """One part: the processes below `pids` as well, when `has_children`."""

    name: str
    pids: list[int]
    has_children: bool = False
    cpu_percent: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    _cpu_s: float = 0.0
    _at: float = 0.0

    def begin(self) -> None:
        """Begin an interval."""
        self._cpu_s, self._at = self._now(), time.monotonic()

    def sample(self) -> None:
        """End the interval and begin the next one."""
        before_s, before = self._cpu_s, self._at
        self.begin()
        self.cpu_percent.append(100.0 * (self._cpu_s - before_s) / (self._at - before))
        self.memory_mib.append(sum(_memory(pid) for pid in self._all()))

    @property
    def line(self) -> str:
        """Mean CPU in percent of one core; memory at the begin, at the end, and at most."""
        cpu = sum(self.cpu_percent) / max(1, len(self.cpu_percent))
        memory = self.memory_mib or [0.0]
        return f"{self.name:<12} {cpu:6.1f} %   {memory[0]:7.1f} → {memory[-1]:7.1f} MiB (most {max(memory):.1f})"

    def _all(self) -> list[int]:
        if not self.has_children:
            return self.pids
        return [*self.pids, *(child for pid in self.pids for child in _children(pid))]

    def _now(self) -> float:
        """CPU seconds; of processes that ended meanwhile (PostgreSQL's connections) their parent's account."""
        own = sum(cpu_seconds(pid) for pid in self._all())
        return own + sum(_of_dead_children(pid) for pid in self.pids) if self.has_children else own


def _memory(pid: int) -> float:
    try:
        return proportional_mib(pid)
    except OSError:  # a connection of PostgreSQL that has ended in this moment
        return 0.0


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _of_dead_children(pid: int) -> float:
    fields = fields_of(pid)
    return (int(fields[13]) + int(fields[14])) / 100.0 if fields else 0.0
