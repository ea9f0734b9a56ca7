"""`mine`: read the configuration, ask on a first run, and hand a Plan to the runner."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mining.configuration import RunConfiguration, build_plan, find_config, inspect, resolve
from mining.configuration.command_line import add_mine_options
from mining.configuration.explain import explain
from mining.configuration.home import config_to_write, find_home
from mining.configuration.notices import notices
from mining.configuration.wizard import OFFLINE, Questions, ask_first_run, is_yes, save_answers
from mining.errors import ConfigurationError, ExitCode
from mining.management.page_notice import announce_page
from mining.management.sentence_command import SentenceCommand
from mining.program import program_name
from mining.services.start import console_part, save_flags

_NOTHING_CONFIGURED = (
    "Nothing is configured, so this is the offline demonstration: it hashes for real and earns nothing. "
    f"Set POOL_1 and WALLET in mining_config.env ({program_name()} config init) to mine."
)


class Command(SentenceCommand):
    """Mine from the command line. `is_started`: whether mining begins by itself."""

    is_started = True
    help = "Mine: offline as a demonstration, or for your own wallet at a pool or on your own daemon."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the contract, and the leash that `node run` holds."""
        add_mine_options(parser)
        parser.add_argument("--leash", type=int, help=argparse.SUPPRESS)

    def run(self, options: dict[str, Any]) -> int:
        """Resolve, then explain, check the login or mine."""
        if options["save"]:
            return _save(options)
        config_path = find_config(options["config"], options["home"], os.environ)
        configuration = self._resolve(options, config_path)
        if options["explain"]:
            print(explain(configuration))
            return ExitCode.DONE
        for notice in notices(configuration):
            print(notice, file=sys.stderr)
        if options["check_login"] and configuration.offline:
            raise ConfigurationError(
                "There is no login to check offline", next_step="Give --pool and --wallet, or leave out --check-login."
            )
        # Imported here: the engine is not needed to explain or to complain.
        from mining.engine.runner import check_login, run_mine
        from mining.management.run_recorder import run_recorder

        plan = msgspec.structs.replace(build_plan(configuration), is_started=self.is_started)
        if options["check_login"]:
            return check_login(configuration, plan)
        announce_page(configuration)
        return run_mine(configuration, plan, _view(options), run_recorder(configuration.home), options["leash"])

    def _resolve(self, options: dict[str, Any], config_path: Path | None) -> RunConfiguration:
        inspection = inspect(options, os.environ, config_path, _console_values(options))
        if inspection.problems:
            raise inspection.problems[0]
        configuration = inspection.configuration
        is_asking = self.is_started and not options["explain"] and not options["check_login"]
        if not configuration.is_nothing_configured or not is_asking:
            return configuration
        if options["json"] or not _is_on_terminal():
            print(_NOTHING_CONFIGURED, file=sys.stderr)
            return configuration
        return _ask(options, config_path)


def _ask(options: dict[str, Any], config_path: Path | None) -> RunConfiguration:
    answers = ask_first_run(Questions(_input_or(""), print, options, os.environ, config_path))
    path = config_to_write(options["config"], options["home"], os.environ)
    if "wallet" in answers and is_yes(_input_or("no")(f"Write this to {path} for the next time? [Y/n]: ")):
        save_answers(answers, path)
        print(f"Written to {path}. Change it with {program_name()} config edit.")
        return resolve(options, os.environ, path)
    if answers == OFFLINE:  # Enter chose nothing: offline is the default then, and the page may set something up
        answers = {}
    return resolve(options, os.environ, config_path, answers=answers)


def _console_values(options: dict[str, Any]) -> dict[str, str]:
    """What the console's plan says; a warning when it cannot be read."""
    part = console_part(_home(options))
    if part.warning:
        print(part.warning, file=sys.stderr)
    return part.values


def _home(options: dict[str, Any]) -> Path:
    return find_home(options["home"], os.environ, options["config"])


def _save(options: dict[str, Any]) -> int:
    """Keep the typed options as the console's plan, and mine nothing."""
    inspection = inspect(options, os.environ, None)
    if inspection.value_problems:
        raise inspection.value_problems[0]
    plan = save_flags(_home(options), options)
    name = program_name()
    print(f"Saved as plan {plan.version} of the console; {name} mine follows it. See {name} plan list.")
    return ExitCode.DONE


def _input_or(at_end: str) -> Callable[[str], str]:
    """An `input` that answers `at_end` when the input ends (Ctrl-D)."""

    def ask(prompt: str) -> str:
        try:
            return input(prompt)
        except EOFError:
            print()
            return at_end

    return ask


def _is_on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _view(options: dict[str, Any]) -> str:
    if options["json"]:
        return "json"
    is_live = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    return "live" if is_live and not options["plain"] else "plain"
