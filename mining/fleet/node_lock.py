"""One `node run` a home: its lock, and who holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from mining.errors import CannotStartError
from mining.program import program_name

_NAME = "node.lock"


def hold_node_lock(home: Path) -> IO[str]:
    """Take it, until the file that is returned is closed or this process ends. Raises CannotStartError."""
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (home / "run" / _NAME).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise CannotStartError(
            f"The node of {home} runs already", next_step=f"See {program_name()} status.", code="already_running"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def node_pid(home: Path) -> int | None:
    """The process that runs the node of `home`; None when it does not run."""
    try:
        with (home / "run" / _NAME).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError):
        pass
    return None
