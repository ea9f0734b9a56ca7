"""What a start of `mine` takes from the console, and gives to it: the present plan's values; flags that are saved.

A database that cannot be read never keeps anybody from mining: it is said in a sentence, and the other settings hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from mining.configuration.gather import from_arguments
from mining.configuration.keys import KEYS
from mining.errors import ConfigurationError, MinerConsoleError
from mining.fleet.start_values import start_values
from mining.models import Node, Plan
from mining.services.actors import COMMAND_LINE
from mining.services.console_database import is_made
from mining.services.nodes import node_local
from mining.services.plans import console_values, plan_save

_NOT_SAVED = ("HOME", "LISTEN", "WEB_ENABLED", "DURATION", "SHARES", "AI_ENABLED")


@dataclass(frozen=True, slots=True)
class ConsolePart:
    """`values`: the console's level of the settings. `warning`: why there are none, for people, "" otherwise."""

    values: dict[str, str] = field(default_factory=dict)
    warning: str = ""


def console_part(home: Path) -> ConsolePart:
    """Return what the console of `home` wants this computer to do, or that of the fleet which it belongs to."""
    try:
        of_fleet = start_values(home)
    except (OSError, ValueError, MinerConsoleError) as error:
        return ConsolePart(warning=_unreadable(error))
    if of_fleet is not None:
        return ConsolePart(of_fleet)
    if home != settings.MINERCONSOLE_HOME or not is_made(home):
        return ConsolePart()
    try:
        node = Node.objects.filter(is_local=True).first()
        return ConsolePart(console_values(node) if node is not None else {})
    except (DatabaseError, OSError, MinerConsoleError) as error:
        return ConsolePart(warning=_unreadable(error))


def _unreadable(error: Exception) -> str:
    why = error.sentence if isinstance(error, MinerConsoleError) else str(error)
    return f"The console's plan cannot be read ({why}): mining with the other settings."


def save_flags(home: Path, arguments: dict[str, object]) -> Plan:
    """Make a plan of the present one and the options that were typed. Raises ConfigurationError without any."""
    given = {item.key: item.text for item in from_arguments(arguments).given if item.key not in _NOT_SAVED}
    if not given:
        raise ConfigurationError(
            "--save found no option that a plan can keep", next_step="Add one, such as --cores 0-3."
        )
    groups = {KEYS[key].exclusive_group for key in given}
    replaced = {key: "" for key in KEYS if KEYS[key].exclusive_group in groups}
    return plan_save(COMMAND_LINE, node_local(home), {**replaced, **given}, reason="saved from the command line")
