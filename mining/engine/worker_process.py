"""The life of a Core worker's process, from the fork on: signals, parent, core and priority, then the Worker."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

from mining.engine.boards import Counter, WorkerState
from mining.engine.processes import die_with_parent, set_priority, set_title
from mining.engine.worker import Worker, WorkerContext, WorkerExit


def run_worker(
    context: WorkerContext, make_worker: Callable[[], Worker], *, slot: int, core: int, parent_pid: int
) -> int:
    """Turn this freshly forked process into the worker of `slot`; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if not die_with_parent(parent_pid):
        return WorkerExit.PARENT_GONE
    row = context.counters.row(slot)
    row[Counter.STATE] = WorkerState.STARTING
    row[Counter.PID] = os.getpid()
    row[Counter.BEAT_NS] = time.monotonic_ns()
    row[Counter.CPU_NS] = 0
    set_title(f"core {core}")
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    set_priority(context.priority)
    try:
        return make_worker().run()
    except MemoryError:  # at the start, or when the fallback takes over from our kernel
        return WorkerExit.NO_MEMORY
