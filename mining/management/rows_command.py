"""The base of commands for the console's rows: actions with their options, tables or JSON, sentences for errors."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from mining.errors import CannotStartError, ExitCode
from mining.management.sentence_command import SentenceCommand
from mining.program import set_up_command
from mining.services.console_database import database_name
from mining.terminal.text import is_utf8, to_ascii

Options = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action found or did: `data` for programs, `lines` for people."""

    data: Any
    lines: Sequence[str] = field(default_factory=list)


Act = Callable[[Options], Answer]


class Actions:
    """The actions of one command. Every action takes --json and --home."""

    def __init__(self, parser: ArgumentParser) -> None:
        parser.add_argument("--home", metavar="DIR", help="home folder")  # the program reads it wherever it stands
        self._actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(self, name: str, act: Act, meaning: str) -> ArgumentParser:
        """Add an action and return its parser, for its options."""
        parser = self._actions.add_parser(name, help=meaning, description=f"{meaning[:1].upper()}{meaning[1:]}.")
        add_common(parser)
        parser.set_defaults(act=act)
        return parser


class RowsCommand(SentenceCommand):
    """A command whose actions return Answers; they act as the command line, which may do everything here."""

    def run(self, options: Options) -> int:
        """Do one action and print what came of it. Raises MinerConsoleError, also for a database that is not there."""
        try:
            answer = self.act(options)
        except DatabaseError as error:
            raise database_error(error) from None
        if options["json"]:
            print(json.dumps(answer.data, default=str, ensure_ascii=False))
        else:
            print("\n".join(_printable(line) for line in answer.lines))
        return ExitCode.DONE

    def act(self, options: Options) -> Answer:
        """Do the action that was chosen."""
        answer: Answer = options["act"](options)
        return answer


def add_common(parser: ArgumentParser) -> None:
    """Add what every action takes."""
    parser.add_argument("--json", action="store_true", help="JSON on standard output")
    parser.add_argument("--home", metavar="DIR", help="home folder")


def database_error(error: DatabaseError) -> CannotStartError:
    """What a person reads when the database cannot be used."""
    name = database_name(settings.MINERCONSOLE_HOME)
    if "locked" in str(error) or "lock timeout" in str(error):
        return CannotStartError(
            f"The console's database {name} is busy", next_step="Try again in a moment.", code="database_busy"
        )
    if connection.vendor == "sqlite":
        next_step = f"Run {set_up_command()}, and see that the folder is yours and the disk is not full."
    else:
        next_step = f"See that PostgreSQL runs and takes the address in DATABASE; {set_up_command()} makes the tables."
    said = " ".join(str(error).split())
    return CannotStartError(
        f"The console's database {name} cannot be used ({said})", next_step=next_step, code="no_database"
    )


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> list[str]:
    """Return rows as aligned lines under their headings; `empty` is the only line when there are none."""
    if not rows:
        return [empty]
    texts = [[heading.replace("_", " ").upper() for heading in columns]]
    texts += [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in texts) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in texts]


def given(options: Options, names: Sequence[str]) -> dict[str, Any]:
    """The options that were given, by name: those that are not None."""
    return {name: options[name] for name in names if options[name] is not None}


def _printable(line: str) -> str:
    return line if is_utf8(sys.stdout.encoding) else to_ascii(line)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value) or "-"
    return str(value)
