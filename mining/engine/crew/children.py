"""CrewChildren: the account of processes that are no slot's worker: orphans of a dead Host, Verifiers, uncollected."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable

from mining.hardware.sysfs import is_alive


class CrewChildren:
    """`orphans`: workers that a dead Host left behind and that may still write their counters. `verifiers`: of the
    Host that runs. Beside them it remembers what has to be collected here, because its parent died."""

    def __init__(self) -> None:
        self.orphans: set[int] = set()
        self.verifiers: set[int] = set()
        self._uncollected: set[int] = set()

    def adopt(self, workers: Iterable[int]) -> None:
        """The Host died: its `workers` are orphans now, and its Verifiers end by themselves."""
        left = set(workers)
        self.collect_later(left)
        self.verifiers.clear()
        self.orphans |= left

    def collect_later(self, workers: Iterable[int]) -> None:
        """From now on collect `workers` and everything else of this account when they end."""
        self._uncollected |= self.orphans | self.verifiers | set(workers)

    @property
    def is_any_uncollected_alive(self) -> bool:
        """Whether something that is to be collected here still runs."""
        return any(is_alive(pid) for pid in self._uncollected)

    def reap(self) -> None:
        """Collect what has ended."""
        self._uncollected = {pid for pid in self._uncollected if not _is_collected(pid)}
        self.orphans = {pid for pid in self.orphans if is_alive(pid)}

    def kill_orphans(self) -> None:
        """End the workers of the dead Host."""
        _kill(self.orphans)

    def kill_verifiers(self) -> None:
        """End the Verifiers; the next one is asked again."""
        _kill(self.verifiers)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _is_collected(pid: int) -> bool:
    """Collect `pid` if it has ended and was left to us; True once there is nothing of it any more."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:  # still a child of the dying Host, or collected by somebody else
        return not os.path.exists(f"/proc/{pid}")
