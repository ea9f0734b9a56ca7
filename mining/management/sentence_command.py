"""The base of commands whose every failure is one sentence on standard error and an exit code of the contract."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mining.configuration.command_line import SentenceParser
from mining.errors import ExitCode, MinerConsoleError
from mining.program import program_name

_DJANGO_FLAGS = ("--traceback", "--no-color", "--force-color", "--skip-checks")
_DJANGO_VALUES = ("--settings", "--pythonpath", "--verbosity")


class SentenceCommand(BaseCommand):
    """A command that implements `run`. No system checks and no database: it starts fast and works without one."""

    requires_system_checks = ()
    requires_migrations_checks = False

    def run(self, options: dict[str, Any]) -> int:
        """Do the work and return the exit code. MinerConsoleError may be raised."""
        raise NotImplementedError

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Return a parser with this command's options; Django's own are accepted and not listed."""
        parser = SentenceParser(prog=f"{program_name()} {subcommand}", description=self.help or None, **kwargs)
        for flag in _DJANGO_FLAGS:
            parser.add_argument(flag, action="store_true", help=argparse.SUPPRESS)
        for flag in _DJANGO_VALUES:
            parser.add_argument(flag, help=argparse.SUPPRESS)
        self.add_arguments(parser)  # type: ignore[arg-type, unused-ignore]
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Run from the shell: end the process with the exit code."""
        self._called_from_command_line = True
        code: int = ExitCode.DONE
        try:
            code = self.run(vars(self.create_parser(argv[0], argv[1]).parse_args(argv[2:])))
            sys.stdout.flush()
        except MinerConsoleError as error:
            sys.stderr.write(f"{error.sentence}\n")
            code = error.exit_code
        except KeyboardInterrupt:
            code = ExitCode.INTERRUPTED_TWICE
        except BrokenPipeError:
            # Whoever read our output has gone (`| head`): keep the interpreter's last flush from complaining.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(code))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run from `call_command`: a failure is a CommandError that carries the exit code."""
        try:
            code = self.run(options)
        except MinerConsoleError as error:
            raise CommandError(error.sentence, returncode=int(error.exit_code)) from error
        if code:
            raise CommandError(f"ended with exit code {int(code)}", returncode=int(code))
