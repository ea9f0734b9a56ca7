"""The home folder as commands see it: which one it is, and whether something runs from it. Imports no third party.

How a home is chosen is told in `mining.configuration.home`; how it is laid out and locked in `mining.engine.home_lock`.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "MINERCONSOLE_HOME"


def resolve_home(argument: str | None = None, *, config: str | None = None) -> Path:
    """Return the home as an absolute path: `argument`, MINERCONSOLE_HOME, the file's HOME, var/ or XDG."""
    from mining.configuration.home import find_home  # here: removal runs where the installed packages are broken

    return find_home(argument, os.environ, config)


def log_file(home: Path) -> Path:
    """The log of the program that runs, or ran last."""
    return home / "log" / "miner.log"


def is_running(home: Path) -> bool:
    """Whether a runner or its draining Supervisor holds the lock of `home`."""
    try:
        descriptor = os.open(home / "run" / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def running_pid(home: Path) -> int | None:
    """Return the process id of the runner that holds the lock of `home`, or None when nothing runs."""
    if not is_running(home):
        return None
    try:
        return int(json.loads((home / "run" / "running.json").read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def option_in(arguments: Sequence[str], name: str) -> str | None:
    """Return the last value of the option `name` among raw arguments (`--home X` or `--home=X`), before any parser."""
    found: str | None = None
    for position, word in enumerate(arguments):
        if word == name and position + 1 < len(arguments):
            found = arguments[position + 1]
        elif word.startswith(name + "="):
            found = word.partition("=")[2]
    return found
