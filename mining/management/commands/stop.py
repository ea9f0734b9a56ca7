"""`stop`: end the miner of a home, wherever it was started, and wait until it is gone."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from mining.background import stop_and_wait
from mining.home import resolve_home
from mining.management.sentence_command import SentenceCommand


class Command(SentenceCommand):
    """Stop the miner."""

    help = "Stop the miner: found shares are submitted, then all of its processes end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the home."""
        parser.add_argument("--home", metavar="DIR", help="the home folder")
        parser.add_argument("--config", metavar="FILE", help="the configuration file that names the home")

    def run(self, options: dict[str, Any]) -> int:
        """Stop, wait, and say how long it took."""
        return stop(resolve_home(options["home"], config=options["config"]))


def stop(home: Path) -> int:
    """Stop what runs from `home`; nothing running is fine, and said."""
    seconds = stop_and_wait(home, _say)
    if seconds is None:
        print(f"Nothing runs from {home}.")
    else:
        print(f"Stopped in {seconds:.1f} s.")
    return 0


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
