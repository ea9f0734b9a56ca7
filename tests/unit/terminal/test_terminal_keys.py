"""Keys: what each one asks for, and reading them from a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import os
import termios
from pathlib import Path

import pytest

from mining.terminal.keys import Action, KeyReader, action_for, intensity_after, keys_in


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("h", Action.HELP),
        ("p", Action.PAUSE),
        ("r", Action.RESUME),
        ("+", Action.INTENSITY_UP),
        ("-", Action.INTENSITY_DOWN),
        ("c", Action.CONNECTION),
        ("s", Action.STATUS),
        ("q", Action.STOP),
        ("Q", Action.STOP),
        ("x", Action.NONE),
        ("", Action.NONE),
    ],
)
def test_each_key_has_one_meaning(key: str, action: Action) -> None:
    assert action_for(key) is action


def test_intensity_goes_by_fives_between_0_and_100() -> None:
    assert intensity_after(Action.INTENSITY_UP, 50) == 55
    assert intensity_after(Action.INTENSITY_UP, 98) == 100
    assert intensity_after(Action.INTENSITY_DOWN, 3) == 0
    assert intensity_after(Action.PAUSE, 50) == 50


def test_arrow_keys_and_pasted_text_are_not_orders() -> None:
    assert keys_in(b"++") == ["+", "+"]
    assert keys_in(b"\x1b[A") == []
    assert keys_in(b"\x1bOP\x1b[1;5Cp\x1b") == ["p"]
    assert keys_in(b"a password with q in it") == []
    assert keys_in(b"p\r\n") == ["p"]


def test_a_file_that_is_no_terminal_is_left_alone(tmp_path: Path) -> None:
    with open(tmp_path / "in", "w+") as file:
        loop = asyncio.new_event_loop()
        reader = KeyReader(file.fileno())
        assert reader.start(loop, lambda key: None) is False
        reader.stop()
        loop.close()


def test_a_terminal_of_another_session_is_not_taken() -> None:
    """Where we are not in the foreground, changing the terminal's mode would stop the whole program."""
    leader, follower = os.openpty()
    try:
        before = termios.tcgetattr(follower)
        loop = asyncio.new_event_loop()
        reader = KeyReader(follower)
        assert reader.start(loop, lambda key: None) is True
        assert not reader.is_active
        assert termios.tcgetattr(follower) == before
        reader.stop()
        loop.close()
    finally:
        os.close(leader)
        os.close(follower)
