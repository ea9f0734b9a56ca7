"""How the questions of a first run are asked: what is handed in, and the check of each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mining.configuration.cores import Machine
from mining.configuration.resolve import inspect
from mining.errors import ConfigurationError

Ask = Callable[[str], str]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Questions:
    """What the conversation needs: how to ask and say, and the sources that stay as they are."""

    ask: Ask
    say: Say
    arguments: Mapping[str, object]
    environ: Mapping[str, str]
    config_path: Path | None
    machine: Machine | None = None

    def problem_of(self, answers: Mapping[str, object], *names: str) -> ConfigurationError | None:
        """Return the first problem of these answers, among the ones that concern `names`."""
        found = inspect(self.arguments, self.environ, self.config_path, answers=answers, machine=self.machine)
        return next((problem for problem in found.problems if problem.thing.startswith(names)), None)
