"""`node`: the machines of the console, of which this computer registers itself; a fleet: invite, join, run, leave."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from mining.management.fleet_actions import add_fleet_actions
from mining.management.rows_command import Actions, Answer, Options, RowsCommand, table
from mining.models import Node
from mining.selectors.nodes import node_get, node_list
from mining.services.actors import COMMAND_LINE
from mining.services.nodes import node_local, node_rename

_COLUMNS = ("name", "ulid", "is_local", "cpu", "threads", "memory_mb", "version", "latest_plan")


class Command(RowsCommand):
    """Nodes."""

    help = "The machines of the console, and of its fleet."
    words: Sequence[str] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """`node run` hands its options on to `mine` as they are."""
        if argv[2:3] == ["run"] and not {"-h", "--help"} & set(argv[3:]):
            self.words, argv = argv[3:], argv[:3]
        super().run_from_argv(argv)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the actions."""
        actions = Actions(parser)
        actions.add("list", _list, "list the nodes")
        showing = actions.add("show", _show, "show one node")
        showing.add_argument("node", nargs="?", metavar="NAME", help="its name or ULID; default: this computer")
        renaming = actions.add("rename", _rename, "call a node something else")
        renaming.add_argument("node", metavar="NAME")
        renaming.add_argument("name", metavar="NEW")
        add_fleet_actions(actions, self.words)


def _list(_options: Options) -> Answer:
    node_local(settings.MINERCONSOLE_HOME)
    rows = [_row(node) | {"latest_plan": node.latest_version} for node in node_list()]  # type: ignore[attr-defined]
    return Answer(rows, table(rows, _COLUMNS, empty="There is no node yet."))


def _show(options: Options) -> Answer:
    here = node_local(settings.MINERCONSOLE_HOME)
    node = node_get(options["node"]) if options["node"] else here
    row = _row(node) | {
        "public_key": node.public_key,
        "followed_plan": node.followed_version or None,
        "registered_at": node.registered_at,
        "last_frame_at": node.last_frame_at,
        "pins": node.pins,
        "hardware": node.hardware,
    }
    return Answer(
        row, [f"{name.replace('_', ' ')}: {'-' if value in (None, '') else value}" for name, value in _flat(row)]
    )


def _rename(options: Options) -> Answer:
    node = node_rename(COMMAND_LINE, node_get(options["node"]), name=options["name"])
    return Answer(_row(node), [f"The node {node.ulid} is {node.name} now."])


def _flat(row: dict[str, Any]) -> list[tuple[str, Any]]:
    """The values one by one, those of a mapping after its name."""
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, dict):
            found += [(f"{name} {each}", inner) for each, inner in value.items()]
        else:
            found.append((name, value))
    return found


def _row(node: Node) -> dict[str, Any]:
    memory = node.hardware.get("memory_bytes")
    return {
        "name": node.name,
        "ulid": node.ulid,
        "is_local": node.is_local,
        "cpu": node.hardware.get("cpu"),
        "threads": node.hardware.get("threads"),
        "memory_mb": memory >> 20 if memory else None,
        "version": node.version,
    }
