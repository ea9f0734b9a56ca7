"""What a Crew is made for, and what its owner is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mining.algorithms.registry import Algorithm
from mining.engine.reconcile import SILENCE_S


@dataclass(frozen=True, slots=True)
class CrewSettings:
    """What a Crew is made for. `large_pages`: scratchpads on hugetlb pages where there are some. `jit`: see
    RandomXLibrary. `native`, `kernel`: the shared objects of our hash loop and of our RandomX kernel."""

    library: Path
    algorithm: Algorithm
    is_fast: bool
    huge_pages: str
    priority: str
    large_pages: bool
    why_no_hugetlb: str = ""
    jit: str = "writable"
    native: Path | None = None
    kernel: Path | None = None
    silence_s: float = SILENCE_S


@dataclass(slots=True)
class CrewEvents:
    """What the owner is told; every one returns at once."""

    candidate: Callable[[int, int, int, bytes, float], None]
    worker: Callable[[int, str, str, int], None] = field(default=lambda core, state, exit_text, restarts: None)
    log: Callable[[str, str], None] = field(default=lambda level, sentence: None)
    failed: Callable[[str], None] = field(default=lambda sentence: None)
