"""`start`: `mine --plain` in the background, and the truth about whether it started."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from mining.background import Started, start_in_background
from mining.engine.home_lock import ensure_layout
from mining.errors import ExitCode, MinerConsoleError
from mining.home import option_in, resolve_home
from mining.management.mine_words_command import MineWordsCommand
from mining.program import program_name
from mining.telemetry.frame import Frame
from mining.terminal.sentences import payee_sentence


class Command(MineWordsCommand):
    """Start mining in the background."""

    help = "Start mining in the background; takes the options of mine. See status and logs; end it with stop."

    def run(self, options: dict[str, Any]) -> int:
        """Start, and wait until it answers or has ended."""
        return start(list(self.words))


def start(arguments: list[str]) -> int:
    """Start `mine` with `arguments`, say how that went, and return the exit code."""
    home = ensure_home(arguments)
    started = start_in_background(home, arguments)
    if started.words:
        print(started.words, file=sys.stderr)
    if started.code is not None:
        if not started.words and started.code:
            raise MinerConsoleError(
                f"The miner ended at once with exit code {started.code}",
                next_step=f"See {home / 'log'}.",
                code="start_failed",
            )
        return started.code
    print(_report(started))
    return int(ExitCode.DONE)


def ensure_home(arguments: list[str]) -> Path:
    """Return the home that `mine` will use with these arguments, made."""
    home = resolve_home(option_in(arguments, "--home"), config=option_in(arguments, "--config"))
    ensure_layout(home)
    return home


def _report(started: Started) -> str:
    name = program_name()
    ways = f"See it: {name} status, {name} logs -f. End it: {name} stop."
    if started.answer is None:
        return f"Process {started.pid} runs but does not answer yet. {ways}"
    return f"Started (process {started.pid}). {_payee(started.answer)}{ways}"


def _payee(answer: dict[str, object]) -> str:
    try:
        frame = msgspec.convert(answer["frame"], Frame)
    except (KeyError, msgspec.ValidationError):
        return ""
    return payee_sentence(frame.payee, frame.coin) + ". "
