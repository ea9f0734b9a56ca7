"""`status`: what the Supervisor of a home folder is doing now, asked over its control socket."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand

from mining.configuration.home import find_home
from mining.engine import control
from mining.errors import MinerConsoleError
from mining.program import program_name
from mining.telemetry.frame import Frame
from mining.terminal.status import not_running_sentence, report_lines
from mining.terminal.text import is_utf8, to_ascii


class Command(BaseCommand):
    help = "Show what is mining from a home folder: state, payee, rates, cores, shares."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the Frame as one JSON object")
        parser.add_argument("--home", help="the home folder (default: var/ in the checkout)")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            home = find_home(options["home"], os.environ)
            frame = _frame_of(home)
        except MinerConsoleError as error:
            self.stderr.write(self._shown(error.sentence))
            raise SystemExit(int(error.exit_code)) from None
        if options["json"]:
            self.stdout.write(json.dumps(msgspec.to_builtins(frame)))
            return
        for line in report_lines(frame, home=home, now=time.time()):
            self.stdout.write(self._shown(line))

    def _shown(self, line: str) -> str:
        return line if is_utf8(getattr(self.stdout, "encoding", None)) else to_ascii(line)


def _frame_of(home: Path) -> Frame:
    """Ask for the newest Frame. Raises MinerConsoleError, worded for `status`, when there is none to be had."""
    try:
        return msgspec.convert(control.request(home, "status")["frame"], Frame)
    except MinerConsoleError as error:
        if error.code == "not_running":
            raise MinerConsoleError(not_running_sentence(home), code=error.code) from None
        raise
    except (KeyError, ValueError) as error:
        raise MinerConsoleError(
            f"What runs from HOME {home} answers in another form ({error}): it is another version of MinerConsole",
            next_step=f"Stop it with {program_name()} stop and start it again.",
        ) from None
    except OSError as error:
        raise MinerConsoleError(
            f"The control socket of HOME {home} cannot be used: {error.strerror}",
            next_step=f"Look at {program_name()} doctor, or name another folder with --home.",
        ) from None
