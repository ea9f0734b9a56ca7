"""What a Crew is made for, and what its owner is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mining.algorithms.registry import Algorithm
from mining.engine.reconcile import SILENCE_S


@dataclass(frozen=True, slots=True)
class CrewSettings:
    """What a Crew is made for. `kernel`: the shared object of our own kernel for the algorithm.

    For RandomX: `library`; `is_fast`; `large_pages`: scratchpads on hugetlb pages where there are some; `jit`: see
    RandomXLibrary; `native`: the shared object of our hash loop. For Scrypt: `scratchpad_limit`, the bytes that one
    core may take; `most_lanes` of its kernel, 0 for the widest. `pages_per_core`: 2 MiB pages that the scratchpads of
    one core can use.
    """

    algorithm: Algorithm
    huge_pages: str
    priority: str
    library: Path | None = None
    is_fast: bool = False
    large_pages: bool = False
    why_no_hugetlb: str = ""
    jit: str = "writable"
    native: Path | None = None
    kernel: Path | None = None
    scratchpad_limit: int = 0
    most_lanes: int = 0
    pages_per_core: int = 1
    silence_s: float = SILENCE_S

    @property
    def mode(self) -> str:
        """fast or light; none for an algorithm that knows no such difference."""
        if not self.algorithm.has_modes:
            return "none"
        return "fast" if self.is_fast else "light"


@dataclass(slots=True)
class CrewEvents:
    """What the owner is told; every one returns at once."""

    candidate: Callable[[int, int, int, bytes, float], None]
    worker: Callable[[int, str, str, int], None] = field(default=lambda core, state, exit_text, restarts: None)
    log: Callable[[str, str], None] = field(default=lambda level, sentence: None)
    failed: Callable[[str], None] = field(default=lambda sentence: None)
