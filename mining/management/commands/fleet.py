"""`fleet worker|beat|access`: the console's side of a fleet."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from mining.child_environment import child_environment
from mining.management.rows_command import Actions, Answer, Options, RowsCommand
from mining.services.fleet_broker import acl_file_write, broker_of_fleet, users_sync, wanted_users

_APP = "minerconsole.celery"


class Command(RowsCommand):
    """The fleet's processes."""

    help = "Run what a console of many machines needs beside its page, and give its machines their users at the broker."

    def add_arguments(self, parser: Any) -> None:
        """Add the actions."""
        actions = Actions(parser)
        actions.add("worker", _worker, "run the console's worker: it records what the machines send")
        actions.add("beat", _beat, "run the clock that gives the worker its regular work")
        access = actions.add("access", _access, "give the machines their users at the broker again")
        access.add_argument("--file", default="", metavar="PATH", help="write them into an ACL file of Redis instead")


def _worker(options: Options) -> Answer:
    _become(options, "worker")


def _beat(options: Options) -> Answer:
    _become(options, "beat")


def _become(options: Options, role: str) -> NoReturn:
    """Go on as a process that has nothing of this command."""
    broker_of_fleet()
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", _APP, role], child_environment(DJANGO_LAYER="rows"))


def _access(options: Options) -> Answer:
    if options["file"]:
        count = acl_file_write(Path(options["file"]))
        return Answer({"written": count}, [f"{count} machines are in {options['file']}; Redis reads it with ACL LOAD."])
    given, taken = users_sync()
    data = {"machines": len(wanted_users()), "given": given, "taken": taken}
    return Answer(data, [f"{data['machines']} machines; {given} users given, {taken} taken away."])
