"""The lock of a home folder: one Supervisor per home. Held by the runner and, through the inherited descriptor, by its
Supervisor, so a Supervisor that is still draining keeps it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path

from mining.errors import CannotStartError
from mining.program import program_name

LOCK_NAME = "lock"
INFO_NAME = "running.json"
_TRIES, _PAUSE_S = 10, 0.02


def ensure_layout(home: Path) -> None:
    """Make the folders of a home: run/ and secrets private, log/, cache/. Raises CannotStartError when that fails."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name, mode in (("run", 0o700), ("log", 0o755), ("cache", 0o755)):
            (home / name).mkdir(exist_ok=True, mode=mode)
    except OSError as error:
        raise CannotStartError(
            f"The home folder {home} cannot be used ({error.strerror})",
            next_step="Choose another with --home DIR.",
            code="home_unusable",
        ) from None


class HomeLock:
    """An exclusive lock with a note of who holds it. Raises CannotStartError (exit 3) when somebody else does."""

    def __init__(self, home: Path, *, payee: str) -> None:
        ensure_layout(home)
        self._info = home / "run" / INFO_NAME
        try:
            self.fd = os.open(home / "run" / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotStartError(
                f"The lock in {home / 'run'} cannot be opened ({error.strerror})",
                next_step="Use the account that owns the folder, or another --home DIR.",
                code="home_unusable",
            ) from None
        if not _is_taken(self.fd):
            os.close(self.fd)
            raise CannotStartError(
                f"A miner already runs from {home}{_who(self._info)}",
                next_step=f"See it with {program_name()} status, stop it with {program_name()} stop, "
                "or use another folder with --home DIR.",
                code="already_running",
            )
        self._since = time.time()
        self.note(payee=payee)

    def note(self, *, payee: str) -> None:
        """Write down for whom is mined; that it cannot be written harms nobody."""
        with contextlib.suppress(OSError):
            self._info.write_text(json.dumps({"pid": os.getpid(), "since": self._since, "payee": payee}))

    def release(self) -> None:
        """Give the lock back."""
        self._info.unlink(missing_ok=True)
        os.close(self.fd)


def _is_taken(descriptor: int) -> bool:
    """Take the lock. Who only looks whether it is held has it for a moment, too: that refuses nobody."""
    for is_last in (*(False,) * _TRIES, True):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if not is_last:
                time.sleep(_PAUSE_S)
    return False


def _who(info: Path) -> str:
    try:
        note = json.loads(info.read_text())
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(note["since"])))
        return f" (process {note['pid']}, since {since}, for {note['payee']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
