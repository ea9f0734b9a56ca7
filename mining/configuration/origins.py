"""Where a value came from, in words a person can act on. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """Sources of values, weakest first: the strongest that gives a key wins.

    ANSWERS are what was just typed into the questions of a first run; they stand beside the command line.
    """

    DEFAULT = 0
    TUNED = 1
    CONSOLE = 2
    FILE = 3
    ENVIRONMENT = 4
    ANSWERS = 5
    COMMAND_LINE = 6


@dataclass(frozen=True, slots=True)
class Origin:
    """`label` says where ("mining_config.env:12"), `subject` names the key as the person wrote it there ("--wallet"),
    `release` says how to give the key back to the weaker sources."""

    level: Level
    label: str
    subject: str
    release: str

    @property
    def is_pin(self) -> bool:
        """Whether the value was given above the console, so that the console cannot change it."""
        return self.level > Level.CONSOLE


def from_command_line(flag: str) -> Origin:
    """The origin of a value given with `flag`."""
    return Origin(Level.COMMAND_LINE, f"command line ({flag})", flag, f"leave out {flag}")


def from_answer(key: str) -> Origin:
    """The origin of a value typed into the questions of a first run."""
    return Origin(Level.ANSWERS, "typed on the terminal", key, "start again and answer differently")


def from_environment(variable: str) -> Origin:
    """The origin of a value in the environment."""
    return Origin(Level.ENVIRONMENT, f"environment ({variable})", variable, f"unset {variable}")


def from_file(key: str, file_name: str, line: int) -> Origin:
    """The origin of a value in a configuration file; lines count from 1."""
    where = f"{file_name}:{line}"
    return Origin(Level.FILE, where, f"{key} ({where})", f"remove {key} from line {line} of {file_name}")


def from_console(key: str, version: int | None = None) -> Origin:
    """The origin of a value of the Plan row that console and API edit. `version`: of the plan, None if not known."""
    label = "console (Plan)" if version is None else f"console (plan {version})"
    return Origin(Level.CONSOLE, label, f"{key} (console)", "change it in the console")


_COMMAND_LINE = re.compile(r"command line \((--[a-z-]+)\)")
_ENVIRONMENT = re.compile(r"environment \(([A-Z0-9_]+)\)")
_FILE = re.compile(r"(.+):([0-9]+)", re.DOTALL)


def from_pin(key: str, label: str) -> Origin:
    """The origin above the console that has this `label`, as a Plan carries it: the inverse of `Origin.label`.

    A label that no source of the start writes is of a change by a person while it mines.
    """
    if match := _COMMAND_LINE.fullmatch(label):
        return from_command_line(match[1])
    if match := _ENVIRONMENT.fullmatch(label):
        return from_environment(match[1])
    if label == from_answer(key).label:
        return from_answer(key)
    if match := _FILE.fullmatch(label):
        return from_file(key, match[1], int(match[2]))
    return Origin(Level.COMMAND_LINE, label, f"{key} ({label})", "stop and start mining again")


def from_tuning(key: str) -> Origin:
    """The origin of a value the optimizer chose."""
    return Origin(Level.TUNED, "tuned (optimizer)", f"{key} (tuned)", "set it yourself, anywhere")


def by_default(key: str) -> Origin:
    """The origin of a value nobody gave."""
    return Origin(Level.DEFAULT, "default", key, "")
