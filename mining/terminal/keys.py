"""The keys of the terminal: which key means what, and reading them without blocking.

KeyReader owns the mode of the terminal that standard input is (cbreak: keys come at once, Ctrl-C stays a signal) and
gives it back in `stop()`, at exit, and while the program is suspended. It decides nothing: the runner acts on keys.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import signal
import sys
import termios
from collections.abc import Callable
from enum import StrEnum

READ_SIZE = 64
LONGEST_TYPED = 8  # more characters at once are pasted text, which must not pause or stop mining
INTENSITY_STEP = 5
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.|.)?", re.DOTALL)


class Action(StrEnum):
    """What a key asks for. HELP, CONNECTION and STATUS are shown by the view; the others go to the engine."""

    HELP = "help"
    PAUSE = "pause"
    RESUME = "resume"
    INTENSITY_UP = "intensity_up"
    INTENSITY_DOWN = "intensity_down"
    CONNECTION = "connection"
    STATUS = "status"
    STOP = "stop"
    NONE = "none"


KEYS: dict[str, Action] = {
    "h": Action.HELP,
    "p": Action.PAUSE,
    "r": Action.RESUME,
    "+": Action.INTENSITY_UP,
    "-": Action.INTENSITY_DOWN,
    "c": Action.CONNECTION,
    "s": Action.STATUS,
    "q": Action.STOP,
}
KEY_HELP: tuple[tuple[str, str], ...] = (
    ("h", "this help"),
    ("p", "pause: stay logged in, hash nothing"),
    ("r", "resume"),
    ("+", "intensity up 5 %"),
    ("-", "intensity down 5 %"),
    ("c", "connection, and back to the cores"),
    ("s", "status: counts since the start"),
    ("q", "stop: submit what was found, then end"),
)


def action_for(key: str) -> Action:
    """Return what `key` asks for; NONE for a key without a meaning. Capital letters count like small ones."""
    return KEYS.get(key.lower(), Action.NONE)


def intensity_after(action: Action, intensity: int) -> int:
    """Return the intensity (percent, 0 to 100) that INTENSITY_UP or INTENSITY_DOWN leads to."""
    step = {Action.INTENSITY_UP: INTENSITY_STEP, Action.INTENSITY_DOWN: -INTENSITY_STEP}.get(action, 0)
    return min(100, max(0, intensity + step))


def keys_in(chunk: bytes) -> list[str]:
    """Return the keys typed in `chunk`, without escape sequences (arrow keys …); nothing for pasted text."""
    text = _ESCAPE_SEQUENCE.sub("", chunk.decode("utf-8", "ignore"))
    return [char for char in text if char.isprintable()] if len(text) <= LONGEST_TYPED else []


class KeyReader:
    """Single keys from a terminal, through the event loop. Does nothing when `fd` is not a terminal.

    `on_suspend` is called before the program is suspended by Ctrl-Z and `on_resume` after it is back in the
    foreground, so that the view can leave and take the screen again. In the background (`bg`) no key is read and the
    terminal is not touched, because that would stop the program.
    """

    def __init__(
        self,
        fd: int | None = None,
        *,
        on_suspend: Callable[[], None] | None = None,
        on_resume: Callable[[], None] | None = None,
    ) -> None:
        self._fd = _stdin_fd() if fd is None else fd
        self._on_suspend = on_suspend
        self._on_resume = on_resume
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_key: Callable[[str], None] | None = None
        self._saved: list[int | list[bytes | int]] | None = None
        self._is_reading = False

    @property
    def is_active(self) -> bool:
        """Whether keys are being read now."""
        return self._is_reading

    def start(self, loop: asyncio.AbstractEventLoop, on_key: Callable[[str], None]) -> bool:
        """Begin to read; `on_key` gets one character a call. Returns False when there is no terminal to read from."""
        if self._fd < 0 or not os.isatty(self._fd):
            return False
        self._loop, self._on_key = loop, on_key
        atexit.register(self._release)
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        loop.add_signal_handler(signal.SIGCONT, self._continue)
        self._take()
        return True

    def stop(self) -> None:
        """Stop reading and restore the terminal. Harmless when called twice or before `start`."""
        if self._loop is None:
            return
        self._release()
        if not self._loop.is_closed():
            self._loop.remove_signal_handler(signal.SIGTSTP)
            self._loop.remove_signal_handler(signal.SIGCONT)
        atexit.unregister(self._release)
        self._loop = self._on_key = None

    def _is_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False

    def _take(self) -> None:
        """Switch to cbreak without echo and without Ctrl-S (which would freeze the view), and read."""
        if self._loop is None or self._is_reading or not self._is_foreground():
            return
        try:
            self._saved = termios.tcgetattr(self._fd)
            mode = list(self._saved)
            mode[0] = _flags(mode[0]) & ~termios.IXON
            mode[3] = _flags(mode[3]) & ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, mode)
        except (termios.error, OSError):
            self._saved = None
            return
        self._loop.add_reader(self._fd, self._read)
        self._is_reading = True

    def _release(self) -> None:
        if self._is_reading and self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._is_reading = False
        saved, self._saved = self._saved, None
        if saved is not None and self._is_foreground():
            try:
                termios.tcsetattr(self._fd, termios.TCSADRAIN, saved)
            except (termios.error, OSError):
                return  # the terminal has gone: nothing is left to restore

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:  # hang-up or end of input: reading on would spin
            self._release()
            return
        for key in keys_in(chunk):
            if self._on_key is not None:
                self._on_key(key)

    def _suspend(self) -> None:
        """Ctrl-Z: give screen and terminal back, then stop as any program does.

        The system ignores the stop where nobody could continue us (PID 1 of a container, no shell above): then the
        kill returns at once, and `_continue` takes everything back.
        """
        if self._loop is None:
            return
        if self._on_suspend is not None:
            self._on_suspend()
        self._release()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)  # returns when somebody continues us
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.call_soon(self._continue)

    def _continue(self) -> None:
        """Back again: the shell may have changed the mode meanwhile, so it is given back and taken anew."""
        if not self._is_foreground():
            return
        self._release()
        self._take()
        if self._on_resume is not None:
            self._on_resume()


def _flags(value: int | list[bytes | int]) -> int:
    assert isinstance(value, int)
    return value


def _stdin_fd() -> int:
    try:
        return sys.stdin.fileno()
    except (AttributeError, ValueError, OSError):
        return -1
