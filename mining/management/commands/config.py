"""`config init|show|set|edit|check`: make, see, change and check the configuration file."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from mining.configuration import find_config, inspect
from mining.configuration.editing import file_problems, make_file, set_values, split_assignment
from mining.configuration.explain import explain
from mining.configuration.home import config_to_write
from mining.errors import ConfigurationError, ExitCode
from mining.management.sentence_command import SentenceCommand
from mining.program import program_name

_EDITORS = ("sensible-editor", "nano", "vi")


class Command(SentenceCommand):
    """The configuration file."""

    help = "Make (init), show, change (set, edit) or check the configuration file mining_config.env."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the action, its assignments, and where the file is."""
        parser.add_argument("action", choices=("init", "show", "set", "edit", "check"), help="what to do")
        parser.add_argument("assignments", nargs="*", metavar="KEY=VALUE", help="for set; an empty value unsets")
        parser.add_argument("--home", metavar="DIR", help="home folder of the file")
        parser.add_argument("--config", metavar="FILE", help="the file itself")

    def run(self, options: dict[str, Any]) -> int:
        """Do one action."""
        action = options["action"]
        if options["assignments"] and action != "set":
            raise ConfigurationError(f"config {action} takes no KEY=VALUE", next_step="Use config set KEY=VALUE.")
        match action:
            case "init":
                return _init(options)
            case "show":
                return _show(options)
            case "set":
                return _set(options)
            case "edit":
                return _edit(options)
            case _:
                return _check(options)


def _target(options: dict[str, Any]) -> Path:
    return config_to_write(options["config"], options["home"], os.environ)


def _init(options: dict[str, Any]) -> int:
    path = _target(options)
    make_file(path)
    step = f"Next: {program_name()} config set WALLET=… POOL_1=…, or config edit."
    print(f"Wrote {path} with every key commented out. {step}")
    return ExitCode.DONE


def _show(options: dict[str, Any]) -> int:
    found = find_config(options["config"], options["home"], os.environ)
    inspection = inspect({"home": options["home"]}, os.environ, found)
    print(explain(inspection.configuration))
    return _tell(inspection.problems)


def _set(options: dict[str, Any]) -> int:
    if not options["assignments"]:
        raise ConfigurationError("config set needs KEY=VALUE", next_step="Write, for example, config set CORES=0-3.")
    pairs = [split_assignment(text) for text in options["assignments"]]
    assignments = dict(pairs)
    if len(assignments) < len(pairs):
        raise ConfigurationError("config set names a key twice", next_step="Give each key once.")
    path = _target(options)
    remaining = set_values(path, assignments)
    for key, value in assignments.items():
        print(f"{key} {'set' if value else 'unset'} in {path}")
    for problem in remaining:
        print(f"Still to do: {problem.sentence}", file=sys.stderr)
    return ExitCode.DONE


def _edit(options: dict[str, Any]) -> int:
    path = _target(options)
    if not path.exists():
        make_file(path)
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    commands = [shlex.split(editor)] if editor else [[name] for name in _EDITORS]
    for command in commands:
        try:
            ended = subprocess.run([*command, str(path)], check=False)
        except (FileNotFoundError, PermissionError):
            continue
        if ended.returncode:
            raise ConfigurationError(
                f"The editor {command[0]} ended with {ended.returncode}", next_step="Set EDITOR to another one."
            )
        return _check(options)
    raise ConfigurationError(
        f"No editor could be started ({editor or ', '.join(_EDITORS)})",
        next_step=f"Set EDITOR, or use {program_name()} config set KEY=VALUE.",
    )


def _check(options: dict[str, Any]) -> int:
    found = find_config(options["config"], options["home"], os.environ)
    if found is None:
        inspection = inspect({"home": options["home"]}, os.environ, None)
        if not inspection.problems:
            print("There is no configuration file; the defaults hold.")
        return _tell(inspection.problems)
    problems = file_problems(found, os.environ)
    if not problems:
        print(f"{found}: no problems.")
    return _tell(problems)


def _tell(problems: list[ConfigurationError] | tuple[ConfigurationError, ...]) -> int:
    for problem in problems:
        print(problem.sentence, file=sys.stderr)
    return ExitCode.BAD_CONFIGURATION if problems else ExitCode.DONE
