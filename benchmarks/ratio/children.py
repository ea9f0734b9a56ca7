"""Starting and ending the two programs: own session, normal priority, dead when this script is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mining.engine.processes import die_with_parent
from mining.errors import MinerConsoleError

_POLL_S = 0.1


class MeasurementError(MinerConsoleError):
    """The measurement cannot go on."""

    default_code = "measurement_failed"


class Child:
    """One started program; what it prints goes to `log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        deadly: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        parent = os.getpid()

        def prepare() -> None:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, 0)
            die_with_parent(parent, deadly)

        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=prepare,
            )
        self.pid = self._process.pid

    def check_alive(self) -> None:
        """Raise MeasurementError with the program's last words when it has ended."""
        code = self._process.poll()
        if code is not None:
            raise MeasurementError(f"{self.name} ended with exit code {code}: {self.last_words()}")

    def last_words(self) -> str:
        """The last line that was printed."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1].strip()[:300] if lines else "it printed nothing"

    def end(self, grace_s: float = 15.0) -> None:
        """Ask to end, wait, and kill what is left of it. A stopped process is let go on first."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def wait_until(what: str, is_done: Callable[[], bool], timeout_s: float, child: Child) -> None:
    """Poll until `is_done`. Raises MeasurementError when `child` ends or the time is over."""
    deadline = time.monotonic() + timeout_s
    while not is_done():
        child.check_alive()
        if time.monotonic() > deadline:
            raise MeasurementError(f"{what} did not happen within {timeout_s:g} s: {child.last_words()}")
        time.sleep(_POLL_S)
