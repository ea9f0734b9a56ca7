"""What `config` does to a configuration file: make it, change values in it, and find everything wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mining.configuration import env_file
from mining.configuration.cores import Machine
from mining.configuration.example import example_text
from mining.configuration.keys import KEYS, PREFIX, file_keys
from mining.configuration.problem import shown
from mining.configuration.resolve import inspect
from mining.configuration.values import did_you_mean
from mining.errors import ConfigurationError
from mining.program import program_name


def make_file(path: Path) -> None:
    """Write the documented example to a new file, mode 0600. Raises ConfigurationError when it exists."""
    if path.exists() or path.is_symlink():
        raise ConfigurationError(
            f"{path} exists and is left as it is",
            next_step=f"Change it with {program_name()} config set KEY=VALUE or config edit.",
            code="config_exists",
        )
    env_file.write_text(path, example_text())


def split_assignment(text: str) -> tuple[str, str]:
    """Split KEY=VALUE of the command line; an empty value unsets the key. Raises ConfigurationError."""
    key, separator, value = text.partition("=")
    name = key.strip().upper().removeprefix(PREFIX)
    known = [row.name for row in file_keys()]
    if not separator:
        thing = f"{shown(text)} is not of the form KEY=VALUE"
        raise ConfigurationError(thing, next_step="Write, for example, CORES=0-3.")
    if name in known:
        return name, value.strip()
    if name in KEYS:
        raise ConfigurationError(
            f"The key {name} cannot be set in a file", next_step=f"Use the option {KEYS[name].flag} of mine."
        )
    raise ConfigurationError(
        f"The key {shown(key.strip())} is not known",
        next_step=did_you_mean(name, known) or "See mining_config.env.example for all keys.",
        code="unknown_key",
    )


def set_values(path: Path, assignments: Mapping[str, str], machine: Machine | None = None) -> list[ConfigurationError]:
    """Set keys in the file, all or none; comments and other lines stay. A file that does not exist is made.

    Returns what still stands in the way of mining (a wallet to come, say). Raises ConfigurationError, and changes
    nothing, when a value is bad or would contradict the file.
    """
    before = env_file.read_text(path) if path.exists() else example_text()
    old = inspect({}, {}, path, machine=machine, config_text=before)
    after = before
    for key, value in assignments.items():
        after = env_file.with_value(after, key, value)
    new = inspect({}, {}, path, machine=machine, config_text=after)
    known = {problem.thing for problem in old.value_problems}
    for problem in new.value_problems:
        if problem.thing not in known or any(_concerns(problem, key) for key in assignments):
            raise problem
    known = {problem.thing for problem in old.cross_problems}
    for problem in new.cross_problems:
        if problem.code.startswith("wallet_") and problem.code != "wallet_missing" and problem.thing not in known:
            raise problem
    env_file.write_text(path, after)
    return list(new.problems)


def file_problems(path: Path, environ: Mapping[str, str], machine: Machine | None = None) -> list[ConfigurationError]:
    """Return everything that is wrong with a file and the environment beside it."""
    return list(inspect({}, environ, path, machine=machine).problems)


def _concerns(problem: ConfigurationError, key: str) -> bool:
    return problem.thing.startswith((f"{key} ", f"{key}("))
