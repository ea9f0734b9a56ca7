"""Keys that Django's settings need before anything is resolved: those of this computer, from environment or file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mining.configuration import env_file, origins
from mining.configuration.cores import Machine
from mining.configuration.home import find_config
from mining.configuration.keys import KEYS, PREFIX
from mining.configuration.origins import Origin
from mining.configuration.problem import ValueProblem, as_error
from mining.configuration.values import Context


def computer_text(key: str, environ: Mapping[str, str], config: str | None = None) -> tuple[str, Origin] | None:
    """Return what environment, else file say of `key`, and where; None when neither does. Raises ConfigurationError."""
    variable = PREFIX + key
    if text := environ.get(variable, "").strip():
        return text, origins.from_environment(variable)
    path = find_config(config, None, environ)
    if path is None:
        return None
    for entry in env_file.parse(env_file.read_text(path), path.name).entries:
        if entry.key == key and entry.value:
            return entry.value, origins.from_file(key, path.name, entry.line)
    return None


def computer_value(key: str, environ: Mapping[str, str], config: str | None = None) -> object | None:
    """Return the typed value of `key`, None when it is not given. Raises ConfigurationError, also for a bad value.

    For keys whose reader looks at no core of the machine.
    """
    found = computer_text(key, environ, config)
    if found is None:
        return None
    text, origin = found
    try:
        return KEYS[key].read(text, Context(Path.cwd(), Machine(frozenset(), frozenset())))
    except ValueProblem as problem:
        raise as_error(origin, text, problem) from None
