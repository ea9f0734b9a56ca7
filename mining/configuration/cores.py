"""Core lists such as 0-3,6: reading, writing, and checking them against what this machine lets us use."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mining.configuration.problem import ValueProblem

HIGHEST_CORE = 8191
_PIECE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_ONLINE_FILE = Path("/sys/devices/system/cpu/online")
_EXAMPLE = "Write numbers and ranges, such as 0-3,6."


@dataclass(frozen=True, slots=True)
class Machine:
    """Logical CPUs. `online`: those the machine runs; `allowed`: those this process may use (affinity, cpuset)."""

    online: frozenset[int]
    allowed: frozenset[int]


def read_machine() -> Machine:
    """Read the CPUs of this machine and of this process."""
    allowed = frozenset(os.sched_getaffinity(0))
    try:
        online = frozenset(parse_cores(_ONLINE_FILE.read_text(encoding="ascii").strip()))
    except (OSError, UnicodeDecodeError, ValueProblem):
        online = frozenset(range(os.cpu_count() or 1))
    return Machine(online | allowed, allowed)


def parse_cores(text: str) -> tuple[int, ...]:
    """Return the sorted core numbers of a list such as `0-3,6`. Raises ValueProblem."""
    cores: set[int] = set()
    for piece in text.split(","):
        match = _PIECE.fullmatch(piece.strip())
        if match is None:
            raise ValueProblem("is not a list of cores", _EXAMPLE)
        first = int(match[1])
        last = int(match[2]) if match[2] is not None else first
        if last > HIGHEST_CORE:
            raise ValueProblem(f"names core {last}, beyond the highest possible {HIGHEST_CORE}", _EXAMPLE)
        if last < first:
            raise ValueProblem(f"has the range {first}-{last} backwards", f"Write {last}-{first}.")
        twice = cores.intersection(range(first, last + 1))
        if twice:
            raise ValueProblem(f"names core {min(twice)} twice", "Name each core once.")
        cores.update(range(first, last + 1))
    return tuple(sorted(cores))


def format_cores(cores: Iterable[int]) -> str:
    """Return core numbers as a list such as `0-3,6`: the inverse of `parse_cores`."""
    runs: list[tuple[int, int]] = []
    for core in sorted(set(cores)):
        if runs and runs[-1][1] == core - 1:
            runs[-1] = (runs[-1][0], core)
        else:
            runs.append((core, core))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def check_cores(cores: tuple[int, ...], machine: Machine) -> None:
    """Raise ValueProblem unless this process may run on each of `cores`."""
    missing = [core for core in cores if core not in machine.online]
    usable = f"Choose from {format_cores(machine.allowed)}."
    if missing:
        noun = "core" if len(missing) == 1 else "cores"
        raise ValueProblem(
            f"names {noun} {format_cores(missing)}, but this machine has {format_cores(machine.online)}", usable
        )
    barred = [core for core in cores if core not in machine.allowed]
    if barred:
        raise ValueProblem(
            f"names {format_cores(barred)}, which this process may not use (cpuset, container or taskset)", usable
        )


def check_threads(threads: int, machine: Machine) -> None:
    """Raise ValueProblem unless this process has that many cores."""
    count = len(machine.allowed)
    if threads > count:
        raise ValueProblem(
            f"is more than the {count} {'core' if count == 1 else 'cores'} this process may use "
            f"({format_cores(machine.allowed)})",
            f"Choose 1 to {count}." if count > 1 else "Choose 1.",
        )
