"""A Crew of cores 4 and 6 whose Host was never started, and what it told its owner."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mining.algorithms.registry import algorithm_named
from mining.engine.crew import Crew, CrewEvents, CrewSettings


@dataclass
class Told:
    """What the Crew told: (core, state) of workers, why it failed, and what it logged."""

    workers: list[tuple[int, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        return [sentence for _, sentence in self.log]


def hostless_crew(told: Told, algorithm: str = "rx/0") -> Crew:
    """Close its boards at the end."""
    events = CrewEvents(
        candidate=lambda core, generation, nonce, result, found_at: None,
        worker=lambda core, state, text, restarts: told.workers.append((core, state)),
        log=lambda level, sentence: told.log.append((level, sentence)),
        failed=told.failures.append,
    )
    settings = CrewSettings(
        library=Path("none"),
        algorithm=algorithm_named(algorithm),
        is_fast=False,
        huge_pages="off",
        priority="low",
        large_pages=False,
    )
    made = Crew(settings, events, cpus=[6, 4])
    made.set_cores([4, 6])
    return made
