"""`uninstall`: remove the home of an installation from a wheel (in a checkout the shell script does it)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from mining.home import resolve_home
from mining.management.sentence_command import SentenceCommand
from mining.program import checkout_folder
from mining.removal import uninstall


class Command(SentenceCommand):
    """Remove what was made."""

    help = "List what MinerConsole made on this computer, ask, and remove it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the home and the agreement."""
        parser.add_argument("--home", metavar="DIR", help="the home folder")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def run(self, options: dict[str, Any]) -> int:
        """List, ask, remove."""
        checkout = checkout_folder()
        code = uninstall(resolve_home(options["home"]), checkout, is_agreed=options["yes"])
        if code == 0 and checkout is None:
            print("The program itself goes with: pip uninstall minerconsole")
        return code
