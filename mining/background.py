"""Starts and ends a miner in the background: a session of its own, found again by the lock of its home.

Speaks to the runner by the control socket and, should that not answer, by SIGTERM. Knows nothing of mining.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mining.engine import control
from mining.errors import MinerConsoleError
from mining.hardware.sysfs import is_alive
from mining.home import is_running, running_pid
from mining.program import program_name, program_words

START_S = 60.0
STOP_S = 20.0
_ASK_S = 5.0
_POLL_S = 0.05
_LONGEST_WORDS = 8192


@dataclass(frozen=True, slots=True)
class Started:
    """A background start. `code` is None while it runs; `words` is what it said; `answer` its first status."""

    pid: int
    code: int | None
    words: str
    answer: dict[str, object] | None


def start_in_background(home: Path, arguments: list[str], *, wait_s: float = START_S) -> Started:
    """Start `mine --plain ARGUMENTS` and wait until it answers, has ended, or `wait_s` have passed."""
    errors = home / "log" / "start.err"
    with open(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        process = subprocess.Popen(
            [*program_words(), "mine", "--plain", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            start_new_session=True,
        )
    answer: dict[str, object] | None = None
    deadline = time.monotonic() + wait_s
    while process.poll() is None and answer is None and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        answer = _first_answer(home, process.pid)
    if process.returncode is None:
        _remember(home, process.pid, arguments)
    words = errors.read_bytes()[-_LONGEST_WORDS:].decode(errors="replace").strip()
    code, process.returncode = process.returncode, 0  # it outlives us on purpose: no warning about that
    return Started(process.pid, code, words, answer)


def remembered_arguments(home: Path) -> list[str] | None:
    """Return the arguments of the background start that runs now; None when it was started in another way."""
    try:
        note = json.loads((home / "run" / "start.json").read_text())
        arguments = [str(word) for word in note["arguments"]]
        is_this_one = note["pid"] == running_pid(home)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return arguments if is_this_one else None


def stop_and_wait(home: Path, say: Callable[[str], None], *, limit_s: float = STOP_S) -> float | None:
    """Ask the miner of `home` to end and wait until it is gone; returns the seconds, or None when nothing ran.

    Raises MinerConsoleError when it still runs after `limit_s`.
    """
    if not is_running(home):
        return None
    began = time.monotonic()
    pid = running_pid(home)
    try:
        control.request(home, "stop", timeout_s=_ASK_S)
    except MinerConsoleError as error:
        if pid is None:
            raise
        say(f"{error.thing.rstrip('.')}: asking process {pid} by signal.")
        _terminate(pid)
    while is_running(home) or (pid is not None and is_alive(pid)):
        if time.monotonic() - began > limit_s:
            raise MinerConsoleError(
                f"The miner of {home} (process {pid}) still runs after {limit_s:.0f} s",
                next_step=f"See {program_name()} logs; `kill -9 {pid}` ends it without submitting what it found.",
                code="stop_timeout",
            )
        time.sleep(_POLL_S)
    return time.monotonic() - began


def _first_answer(home: Path, pid: int) -> dict[str, object] | None:
    """Its status, once the process that holds the lock is ours and answers."""
    if running_pid(home) != pid:
        return None
    try:
        return control.request(home, "status", timeout_s=_ASK_S)
    except control.NotRunningError:
        return None
    except MinerConsoleError as error:
        return None if error.code == "no_answer" else {}


def _remember(home: Path, pid: int, arguments: list[str]) -> None:
    path = home / "run" / "start.json"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
        json.dump({"pid": pid, "arguments": arguments}, file)


def _terminate(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise MinerConsoleError(
            f"Process {pid} belongs to another user",
            next_step="Use the account that started the miner.",
            code="permission",
        ) from None
    except ProcessLookupError:
        return
