"""The home folder: which one it is, how it is laid out, and what in it is ours. No Django, no processes.

Where a home is chosen from is told once, in `mining.configuration.home`; here it is made and its parts are named.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mining.configuration.home import find_home
from mining.errors import CannotStartError

VARIABLE = "MINERCONSOLE_HOME"
FOLDERS = ("run", "log", "cache")
_PRIVATE = 0o700


def resolve_home(argument: str | None = None, *, config: str | None = None) -> Path:
    """Return the home as an absolute path: `argument`, MINERCONSOLE_HOME, the file's HOME, var/ or XDG."""
    return find_home(argument, os.environ, config)


def ensure_layout(home: Path) -> Path:
    """Make `home` with run/, log/ and cache/, all private to the user. Raises CannotStartError when it cannot."""
    try:
        home.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        for name in FOLDERS:
            (home / name).mkdir(mode=_PRIVATE, exist_ok=True)
        (home / "run").chmod(_PRIVATE)
    except OSError as error:
        raise CannotStartError(
            f"The home folder {home} cannot be used ({error.strerror})",
            next_step="Name another one with --home or MINERCONSOLE_HOME.",
            code="home_unusable",
        ) from None
    return home


def pid_file(home: Path) -> Path:
    """The file that holds the process id of the running program as decimal digits."""
    return home / "run" / "miner.pid"


def log_file(home: Path) -> Path:
    """The log of the running program."""
    return home / "log" / "miner.log"


def running_pid(home: Path) -> int | None:
    """Return the process id in the pid file when that process lives, else None."""
    try:
        pid = int(pid_file(home).read_text(encoding="ascii"))
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return None
    return None if state in ("Z", "X") else pid


def option_in(arguments: Sequence[str], name: str) -> str | None:
    """Return the last value of the option `name` among raw arguments (`--home X` or `--home=X`), before any parser."""
    found: str | None = None
    for position, word in enumerate(arguments):
        if word == name and position + 1 < len(arguments):
            found = arguments[position + 1]
        elif word.startswith(name + "="):
            found = word.partition("=")[2]
    return found
