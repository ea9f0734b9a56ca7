"""`logs`: the end of the miner's log, and with -f what comes."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from mining.errors import MinerConsoleError
from mining.home import log_file, resolve_home
from mining.management.sentence_command import SentenceCommand
from mining.program import program_name


class Command(SentenceCommand):
    """Show the log."""

    help = "Show the last lines of the log; -f goes on with new ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add how much, and whether to follow."""
        parser.add_argument("-f", "--follow", action="store_true", help="go on with new lines, over rotations")
        parser.add_argument("-n", "--lines", metavar="N", type=int, default=40, help="how many lines (40)")
        parser.add_argument("--home", metavar="DIR", help="the home folder")
        parser.add_argument("--config", metavar="FILE", help="the configuration file that names the home")

    def run(self, options: dict[str, Any]) -> int:
        """Become `tail`, which knows how to follow a rotated file."""
        path = log_file(resolve_home(options["home"], config=options["config"]))
        if not path.is_file():
            raise MinerConsoleError(
                f"There is no log at {path} yet",
                next_step=f"It begins when {program_name()} mine or start runs.",
                code="no_log",
            )
        command = ["tail", "-n", str(max(options["lines"], 0)), *(["-F"] if options["follow"] else []), str(path)]
        os.execvp(command[0], command)
