"""Gathers what each source says, as text with its origin, and lets the strongest source win per group of keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mining.configuration import origins
from mining.configuration.env_file import EnvFile
from mining.configuration.keys import KEYS, MOST_POOLS, OTHER_VARIABLES, PREFIX, console_keys, file_keys
from mining.configuration.origins import Level, Origin
from mining.configuration.problem import shown
from mining.configuration.values import did_you_mean
from mining.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given."""

    key: str
    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources gave, and what was wrong with the giving."""

    given: tuple[Given, ...]
    problems: tuple[ConfigurationError, ...]


def from_arguments(arguments: Mapping[str, Any], level: Level = Level.COMMAND_LINE) -> Gathered:
    """Read parsed options: names as argparse gives them (`huge_pages`), None or False for options not given."""
    given: list[Given] = []
    problems: list[ConfigurationError] = []
    pools: Sequence[str] = arguments.get("pool") or ()
    if len(pools) > MOST_POOLS:
        problems.append(
            ConfigurationError(
                f"--pool was given {len(pools)} times", next_step=f"Give at most {MOST_POOLS}.", code="too_many_pools"
            )
        )
    for number, url in enumerate(pools[:MOST_POOLS], start=1):
        given.append(_argument(f"POOL_{number}", url, "--pool", level))
    for key in KEYS.values():
        if not key.flag or key.flag == "--pool":
            continue
        value = arguments.get(key.argument)
        if value is None or (value is False and key.name != "WEB_ENABLED"):
            continue
        flag = "--no-web" if value is False else key.flag
        text = ("off" if value is False else key.constant) if isinstance(value, bool) else str(value)
        if text:
            given.append(_argument(key.name, text, flag, level))
        else:
            problems.append(ConfigurationError(f"{flag} is empty", next_step="Give a value, or leave it out."))
    return Gathered(tuple(given), tuple(problems))


def from_environment(environ: Mapping[str, str]) -> Gathered:
    """Read MINERCONSOLE_ variables. An empty one counts as not given."""
    names = [PREFIX + key.name for key in file_keys()]
    given: list[Given] = []
    problems: list[ConfigurationError] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in OTHER_VARIABLES:
            continue
        if variable not in names:
            hint = did_you_mean(variable, [*names, *OTHER_VARIABLES])
            problems.append(_unknown(f"The environment variable {variable}", hint, f"Unset {variable}."))
        elif environ[variable].strip():
            key = variable.removeprefix(PREFIX)
            given.append(Given(key, environ[variable].strip(), origins.from_environment(variable)))
    return Gathered(tuple(given), tuple(problems))


def from_file(file: EnvFile) -> Gathered:
    """Read the entries of a configuration file. An empty value counts as not given."""
    names = [key.name for key in file_keys()]
    given: list[Given] = []
    problems = list(file.problems)
    for entry in file.entries:
        where = f"{file.name}:{entry.line}"
        if entry.key in names:
            if entry.value:
                given.append(Given(entry.key, entry.value, origins.from_file(entry.key, file.name, entry.line)))
        elif entry.key in KEYS:
            problems.append(_unknown(f"The key {entry.key} ({where})", "", f"Use the option {KEYS[entry.key].flag}."))
        else:
            hint = did_you_mean(entry.key.upper().removeprefix(PREFIX), names)
            problems.append(_unknown(f"The key {entry.key} ({where})", hint, "Remove the line."))
    return Gathered(tuple(given), tuple(problems))


def from_mapping(texts: Mapping[str, str] | None, level: Level) -> Gathered:
    """Read values of the console's Plan or of the optimizer: key to text. An empty text counts as not given."""
    origin_of = origins.from_console if level is Level.CONSOLE else origins.from_tuning
    names = [key.name for key in console_keys()]
    problems = tuple(
        _unknown(f"The key {shown(key)} ({origin_of(key).label})", did_you_mean(key, names), "Remove it.")
        if key not in KEYS
        else ConfigurationError(
            f"The key {key} ({origin_of(key).label}) is of one computer or one run, and no part of a plan",
            next_step="Remove it, and set it on the computer itself.",
            code="key_not_planned",
        )
        for key in texts or {}
        if key not in names
    )
    given = tuple(Given(key, text.strip(), origin_of(key)) for key, text in (texts or {}).items() if key in names)
    return Gathered(tuple(item for item in given if item.text), problems)


def strongest(given: Iterable[Given]) -> tuple[list[Given], list[ConfigurationError]]:
    """Keep, per group of keys, what the strongest source gave. Two different keys there are a contradiction."""
    groups: dict[str, list[Given]] = {}
    for item in given:
        groups.setdefault(KEYS[item.key].exclusive_group, []).append(item)
    kept: list[Given] = []
    problems: list[ConfigurationError] = []
    for items in groups.values():
        level = max(item.origin.level for item in items)
        best = [item for item in items if item.origin.level is level]
        others = [item for item in best if not _is_alike(item, best[0])]
        if others:
            problems.append(
                ConfigurationError(
                    f"{best[0].origin.subject} and {others[0].origin.subject} exclude each other",
                    next_step="Keep one of the two.",
                    code="contradiction",
                )
            )
        kept.extend(best)
    return kept, problems


def _is_alike(item: Given, other: Given) -> bool:
    return item.key == other.key or (item.key.startswith("POOL_") and other.key.startswith("POOL_") and _is_pool(item))


def _is_pool(item: Given) -> bool:
    return item.key.removeprefix("POOL_").isdigit()


def _argument(key: str, text: str, flag: str, level: Level) -> Given:
    origin = origins.from_answer(key) if level is Level.ANSWERS else origins.from_command_line(flag)
    return Given(key, text.strip(), origin)


def _unknown(thing: str, hint: str, otherwise: str) -> ConfigurationError:
    return ConfigurationError(f"{thing} is not known", next_step=hint or otherwise, code="unknown_key")
