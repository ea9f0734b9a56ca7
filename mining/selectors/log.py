"""Reads the log of this computer's miner, and whether anything writes it now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from mining.home import is_running, log_file
from mining.models import Node
from mining.program import program_name
from mining.services.errors import ConflictError
from mining.terminal.log_tail import LogPart, read_log


@dataclass(frozen=True, slots=True)
class NodeLog:
    """A part of the log. `has_file`: there is one; `is_running`: a miner or console that writes it runs."""

    part: LogPart
    has_file: bool
    is_running: bool


def node_log(node: Node, *, after: str, most: int) -> NodeLog:
    """At most `most` lines after the place `after`, else the last ones. Raises ConflictError (not_local)."""
    if not node.is_local:
        raise ConflictError(
            f"The log of {node} is on that machine",
            next_step=f"See it there: {program_name()} logs -f.",
            code="not_local",
        )
    home: Path = settings.MINERCONSOLE_HOME
    path = log_file(home)
    return NodeLog(read_log(path, after=after, most=most), path.is_file(), is_running(home))
