"""Membership: which fleet this computer belongs to: HOME/secrets/fleet.json (0600), from `node join` to `node leave`.

The key of the console, which decides what this Node follows, is pinned beside it in HOME/secrets/console.pub.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from mining.configuration.broker_url import parse_broker
from mining.configuration.problem import ValueProblem
from mining.decoding import ready_to_decode
from mining.engine.signed_plan import CONSOLE_PUBLIC, PlanRefusedError, trust_console, trusted_console
from mining.errors import CannotStartError, MinerConsoleError
from mining.fleet.keys import node_prefix
from mining.program import program_name
from mining.secret_files import FOLDER, replace_secret, secret_text

FILE_NAME = "fleet.json"


class NoFleetError(MinerConsoleError):
    """This computer belongs to no fleet."""

    default_code = "no_fleet"


class Membership(msgspec.Struct, frozen=True):
    """`broker`: the broker's address with this Node's own user and password. `clock_offset_s`: the console's clock less
    this computer's, when it joined."""

    ulid: str
    node_name: str
    console_url: str
    owner: str
    broker: str
    joined_at: float
    clock_offset_s: float = 0.0

    def __repr__(self) -> str:
        return f"Membership({self.ulid} of {self.owner} at {self.console_url})"  # the broker's address is a secret

    @property
    def prefix(self) -> str:
        """What all keys of this Node at the broker begin with."""
        return node_prefix(self.ulid)


ready_to_decode(Membership)


def read_membership(home: Path) -> Membership | None:
    """Return the fleet that the Node of `home` belongs to; None for none. Raises CannotStartError for a broken file."""
    if not is_member(home):  # also where there can be no such folder: that is said by what needs it
        return None
    try:
        membership = msgspec.json.decode(secret_text(home, FILE_NAME), type=Membership)
        parse_broker(membership.broker)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, ValueProblem) as error:
        why = f"its broker {error.why}" if isinstance(error, ValueProblem) else str(error)
        raise CannotStartError(
            f"{home / FOLDER / FILE_NAME} is damaged ({why})",
            next_step=f"Join again with a new token: {program_name()} node join.",
            code="fleet_unreadable",
        ) from None
    return membership


def is_member(home: Path) -> bool:
    """Whether the Node of `home` belongs to a fleet, also when its file is broken: then nothing else may pin a key."""
    return (home / FOLDER / FILE_NAME).exists()


def membership_of(home: Path) -> Membership:
    """The same, for what needs one. Raises NoFleetError."""
    found = read_membership(home)
    if found is None:
        raise NoFleetError(
            "This computer belongs to no fleet",
            next_step=f"Join one: {program_name()} node join https://console --token TOKEN.",
        )
    return found


def become_member(home: Path, membership: Membership, console_key: bytes) -> None:
    """Keep the membership, from which on nobody else pins a key, then pin the console's. Raises OSError."""
    replace_secret(home, FILE_NAME, msgspec.json.encode(membership).decode())
    trust_console(home, console_key)


def forget_membership(home: Path) -> None:
    """Leave: the broker's password and the pinned key go; from then on no console is followed. Raises OSError."""
    for name in (CONSOLE_PUBLIC, FILE_NAME):
        with contextlib.suppress(FileNotFoundError):
            (home / FOLDER / name).unlink()


def pinned_key(home: Path) -> bytes | None:
    """The console key that a member follows; None for a computer that belongs to no fleet."""
    if not is_member(home):
        return None
    try:
        return trusted_console(home)
    except PlanRefusedError:
        return None
