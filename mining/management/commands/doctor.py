"""`doctor`: what limits the hash rate of this machine, and with --fix what can be mended. Thin: see mining.hardware."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console

from mining.errors import CannotStartError, ExitCode
from mining.hardware.doctor import examine, exit_code, report
from mining.hardware.findings import Finding
from mining.hardware.machine import Library, Machine, read_machine
from mining.hardware.report import plain_lines, print_table
from mining.hardware.treatment import Dialogue, take_back, treat


class Command(BaseCommand):
    """Show each limiter with its cause and cure. Exit code 0: nothing limits the rate; 1: something does."""

    help = "Show what limits the hash rate of this machine; --fix mends what it can after asking."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--fix", action="store_true", help="list what can be mended, ask, and do it (needs root)")
        parser.add_argument("--yes", action="store_true", help="with --fix: agree beforehand")
        parser.add_argument("--undo", action="store_true", help="take back what --fix did")
        parser.add_argument("--home", help="home folder (default: MINERCONSOLE_HOME, else var/)")

    def handle(self, *args: Any, **options: Any) -> None:
        home = _home(options["home"])
        if options["undo"]:
            sys.exit(take_back(home, Path("/"), self._say))
        machine, findings = _examine(home)
        refusal: ExitCode | None = None
        if options["fix"]:
            refusal = treat(machine, findings, home, self._dialogue(is_yes=options["yes"]))
            machine, findings = _examine(home)
        if not options["fix"] or options["json"] or refusal is None:
            self._show(machine, findings, is_json=options["json"])
        sys.exit(refusal or exit_code(findings))

    def _show(self, machine: Machine, findings: tuple[Finding, ...], *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(json.dumps(report(machine, findings)))
        elif self.stdout.isatty():
            print_table(Console(file=sys.stdout), machine, findings)
        else:
            self.stdout.write("\n".join(plain_lines(machine, findings)))

    def _dialogue(self, *, is_yes: bool) -> Dialogue:
        return Dialogue(self._say, self._ask, sys.stdin is not None and sys.stdin.isatty(), is_yes)

    def _say(self, line: str) -> None:
        self.stderr.write(line, self.style_func_plain)

    @staticmethod
    def style_func_plain(text: str) -> str:
        """Keep standard error uncoloured: Django paints it red, and this is a conversation, not an error."""
        return text

    def _ask(self, question: str) -> bool:
        self.stderr.write(question, self.style_func_plain, ending="")
        self.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _examine(home: Path) -> tuple[Machine, tuple[Finding, ...]]:
    machine = read_machine(find_library=lambda: _find_library(home))
    return machine, examine(machine)


def _find_library(home: Path) -> Library:
    """Ask the loader; imported here so that the doctor works where the loader itself is broken."""
    try:
        loader = import_module("mining.algorithms.randomx.loader")
    except ImportError as error:
        raise CannotStartError(f"The RandomX binding cannot be loaded ({error})", code="library_unusable") from None
    library: Library = loader.find_library(cache_folder=home / "cache")
    return library


def _home(option: str | None) -> Path:
    return Path(option or settings.MINERCONSOLE_HOME).expanduser().absolute()
