"""Linux process facts: parent-death signal, subreaper, titles, scheduling class, descriptors. No policy."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

from setproctitle import setproctitle

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
NICE = {"normal": 0, "low": 10, "idle": 19}


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent(parent_pid: int, deadly: signal.Signals = signal.SIGKILL) -> bool:
    """Ask for `deadly` when the spawning thread of the parent ends; False when that parent is gone already.

    The setting is cleared by fork, so every child calls this for itself.
    """
    _prctl(_PR_SET_PDEATHSIG, int(deadly))
    return os.getppid() == parent_pid


def become_subreaper() -> None:
    """Adopt orphaned descendants, so that workers of a dead Host can be reaped here."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_title(what: str) -> None:
    """Show `minerconsole: what` in process lists. No option changes this prefix."""
    setproctitle(f"minerconsole: {what}")


def set_priority(name: str) -> None:
    """Lower this process: `low` = nice 10, `idle` = SCHED_IDLE with nice 19, `normal` = unchanged."""
    if name == "idle":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    increment = NICE[name] - os.nice(0)
    if increment > 0:
        os.nice(increment)


def thread_count() -> int:
    """Threads of this process (must be 1 whenever the Host forks)."""
    return len(os.listdir("/proc/self/task"))
