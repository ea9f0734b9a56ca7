"""Peer: one child process of the runner, started again with back-off when it crashes.

Exit codes 0, 2, 3 and 4 are final: done, or not to be mended by trying again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mining.child_environment import child_environment
from mining.errors import ExitCode

PERMANENT_CODES = (ExitCode.BAD_CONFIGURATION, ExitCode.CANNOT_START, ExitCode.LOGIN_REFUSED)
FINAL_CODES = (ExitCode.DONE, *PERMANENT_CODES)
_QUICK_S = 10.0
_QUICK_DEATHS = 5
_LAST_DELAY_S = 30.0


class Peer:
    """Runs `command` until it ends for good. `on_restart` is told a sentence before each new start, and may change
    `stdin` for it. What the process says on standard error is kept in `error_log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        pass_fds: tuple[int, ...] = (),
        on_restart: Callable[[str], None],
        error_log: Path,
    ) -> None:
        self._error_log = error_log
        self._name = name
        self._command = list(command)
        self.stdin = stdin
        self._pass_fds = pass_fds
        self._on_restart = on_restart
        self._process: subprocess.Popen[bytes] | None = None
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._is_ending = False
        self.last_words = ""
        self.restarts = 0

    @property
    def pid(self) -> int:
        """Its process id, 0 while it is not running."""
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    async def run(self) -> int:
        """Start it, wait, start it again when it crashed; returns the final exit code (negative: signal)."""
        quick = 0
        while True:
            started = time.monotonic()
            code = await self._once()
            if self._is_ending or code in FINAL_CODES:
                return code
            quick = quick + 1 if time.monotonic() - started < _QUICK_S else 0
            if quick >= _QUICK_DEATHS:
                return code
            delay = 0.0 if quick == 0 else min(_LAST_DELAY_S, 0.25 * 2**quick)
            self.restarts += 1
            self._on_restart(f"the {self._name} ended unexpectedly ({ending_of(code)}), starting it again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._ended.wait()
            if self._is_ending:
                return int(ExitCode.DONE)  # asked to end while nothing ran

    async def _once(self) -> int:
        read_fd, write_fd = os.pipe2(os.O_CLOEXEC)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=write_fd,
            pass_fds=self._pass_fds,
            start_new_session=True,
            env=child_environment(),
        )
        os.close(write_fd)
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(self.stdin)
            self._process.stdin.close()
        loop = asyncio.get_running_loop()
        words = bytearray()
        os.set_blocking(read_fd, False)
        loop.add_reader(read_fd, self._hear, read_fd, words)
        try:
            while self._process.poll() is None:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1.0):  # SIGCHLD wakes us; the time-out is for lost ones
                        await self._changed.wait()
        finally:
            self._hear(read_fd, words)
            loop.remove_reader(read_fd)
            os.close(read_fd)
        self.last_words = words.decode(errors="replace").strip()
        self._keep_words()
        return self._process.returncode

    def _keep_words(self) -> None:
        if not self.last_words:
            return
        with contextlib.suppress(OSError), self._error_log.open("a") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {self._name}\n{self.last_words}\n")

    def _hear(self, fd: int, words: bytearray) -> None:
        """Keep the last 8 KiB of its standard error, so that it can never fill a pipe."""
        try:
            data = os.read(fd, 8192)
        except (BlockingIOError, OSError):
            return
        if not data:
            asyncio.get_running_loop().remove_reader(fd)
        words += data
        del words[:-8192]

    def child_changed(self) -> None:
        """Look at the process again (SIGCHLD came); collect it at once, so that `waitid` shows what stands behind."""
        if self._process is not None:
            self._process.poll()
        self._changed.set()

    def end(self, number: int = signal.SIGTERM) -> None:
        """Ask it to end; it is not started again."""
        self._is_ending = True
        self._ended.set()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def ending_of(code: int) -> str:
    """How a process ended, for people: "exit 1" or "SIGKILL"."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
