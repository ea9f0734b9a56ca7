"""`login`: print a link that logs in once."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from mining.configuration import find_config, resolve
from mining.errors import CannotStartError, ConfigurationError, ExitCode
from mining.management.sentence_command import SentenceCommand
from mining.page import forget_link, link_url, noted_page
from mining.program import program_name, set_up_command
from mining.services.actors import COMMAND_LINE
from mining.services.console_database import is_made
from mining.services.login_links import login_link_create


class Command(SentenceCommand):
    """Print a login link."""

    help = "Print a link that logs you in on the page: it works once, for 15 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add whom and where."""
        parser.add_argument("--user", metavar="NAME", default="", help="whom it logs in; default: the first admin")
        parser.add_argument("--home", metavar="DIR", help="home folder")
        parser.add_argument("--config", metavar="FILE", help="configuration file")

    def run(self, options: dict[str, Any]) -> int:
        """Make it and print it."""
        home: Path = settings.MINERCONSOLE_HOME
        if not is_made(home):
            raise _not_set_up(home)
        try:
            secret = login_link_create(COMMAND_LINE, username=options["user"])
        except DatabaseError as error:
            raise _not_set_up(home, f" ({error})") from None
        forget_link(home)  # of the start: two would confuse
        host, port = noted_page(home) or _configured(options)
        print(link_url(host, port, secret))
        return ExitCode.DONE


def _configured(options: dict[str, Any]) -> tuple[str, int]:
    """Where the page will be once it is served."""
    path = find_config(options["config"], options["home"], os.environ)
    try:
        configuration = resolve({}, os.environ, path)
    except ConfigurationError:
        return "127.0.0.1", 3333
    return configuration.listen_host, configuration.listen_port


def _not_set_up(home: Path, why: str = "") -> CannotStartError:
    return CannotStartError(
        f"The console's database in {home} is not set up{why}",
        next_step=f"Run {set_up_command()}, then {program_name()} login again.",
        code="no_database",
    )
