"""KeyReader in a process of its own on a real pseudo-terminal: keys, Ctrl-Z, and the mode it leaves behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

DEADLINE_S = 60.0
PROGRAM = """
import asyncio, fcntl, os, signal, termios
from mining.terminal.keys import KeyReader, action_for
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
async def main():
    done = asyncio.Event()
    def pressed(key):
        print(f"<{action_for(key)}>", flush=True)
        if key == "q":
            done.set()
    def say(text):
        return lambda: print(text, flush=True)
    reader = KeyReader(on_suspend=say("<suspended>"), on_resume=say("<back>"))
    print(f"<reading {reader.start(asyncio.get_running_loop(), pressed)}>", flush=True)
    while not done.is_set():
        if not reader.is_active and not os.isatty(0):
            os._exit(7)
        await asyncio.sleep(0.02)
    reader.stop()
signal.signal(signal.SIGHUP, signal.SIG_IGN)
asyncio.run(main())
"""
GONE = 7


class Session:
    """A program on a terminal of its own."""

    def __init__(self) -> None:
        self.leader, self.follower = os.openpty()
        self.before = termios.tcgetattr(self.follower)
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=self.follower,
            stdout=self.follower,
            stderr=self.follower,
            start_new_session=True,
        )
        self._text = ""

    def wait_for(self, text: str) -> None:
        """Read until `text` has come, and forget everything up to it."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self._text:
            ready, _, _ = select.select([self.leader], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"{text!r} did not come, but {self._text!r}"
            self._text += os.read(self.leader, 4096).decode()
        self._text = self._text.partition(text)[2]

    def type(self, keys: bytes) -> None:
        os.write(self.leader, keys)

    def is_echoing(self) -> bool:
        flags = termios.tcgetattr(self.follower)[3]
        assert isinstance(flags, int)
        return bool(flags & termios.ECHO)


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.process.kill()
    session.process.wait()
    os.close(session.leader)
    os.close(session.follower)


def test_keys_come_one_by_one_and_the_terminal_is_as_before_at_the_end(session: Session) -> None:
    session.wait_for("<reading True>")
    assert not session.is_echoing()
    session.type(b"+")
    session.wait_for("<intensity_up>")
    session.type(b"\x1b[A")
    session.type(b"p")
    session.wait_for("<pause>")
    session.type(b"q")
    assert session.process.wait(DEADLINE_S) == 0
    assert termios.tcgetattr(session.follower) == session.before


def test_ctrl_z_gives_the_terminal_back_and_keys_work_afterwards(session: Session) -> None:
    """Without a shell above, the system ignores the stop; the program must not stay deaf."""
    session.wait_for("<reading True>")
    session.type(b"\x1a")
    session.wait_for("<suspended>")
    session.wait_for("<back>")
    session.type(b"s")
    session.wait_for("<status>")


def test_after_a_stop_from_outside_the_mode_is_taken_again(session: Session) -> None:
    session.wait_for("<reading True>")
    os.kill(session.process.pid, signal.SIGSTOP)
    os.waitpid(session.process.pid, os.WUNTRACED)
    termios.tcsetattr(session.follower, termios.TCSANOW, session.before)  # what a shell does
    os.kill(session.process.pid, signal.SIGCONT)
    session.wait_for("<back>")
    assert not session.is_echoing()
    session.type(b"h")
    session.wait_for("<help>")


def test_a_terminal_that_hangs_up_ends_the_reading() -> None:
    """Reading on would be a busy loop beside the hashing cores."""
    session = Session()
    session.wait_for("<reading True>\r\n")
    os.close(session.follower)
    os.close(session.leader)
    assert session.process.wait(DEADLINE_S) == GONE
