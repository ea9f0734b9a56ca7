"""Pins: keys of a Plan that were given above the console. An order from there does not change them. No I/O."""

from __future__ import annotations

import msgspec

from mining.configuration.keys import KEYS
from mining.configuration.origins import from_pin
from mining.engine.plan import Plan
from mining.errors import MinerConsoleError

COMMAND_LINE = "command line"
"""How the source of an order begins that counts as the command line: the keys of the terminal."""


class PinnedError(MinerConsoleError):
    """An order would change a key that is pinned on this Node."""

    default_code = "pinned"


def counts_as_command_line(source: str) -> bool:
    """Whether an order comes from the terminal of the miner itself, which may change everything."""
    return source.startswith(COMMAND_LINE)


def pins_of(plan: Plan, key: str) -> dict[str, str]:
    """Return the pins of `plan` that lock `key`: its own, and those of keys that stand for it (CORES and THREADS)."""
    group = KEYS[key].pin_group
    return {pinned: source for pinned, source in plan.pins.items() if _group(pinned) == group}


def check_unpinned(plan: Plan, key: str, source: str) -> None:
    """Raise PinnedError, with the pin and how to release it, unless an order of `source` may change `key`."""
    if counts_as_command_line(source):
        return
    for pinned, where in pins_of(plan, key).items():
        raise PinnedError(
            f"{pinned} is pinned on this Node by {where}",
            next_step=f"To release it: {from_pin(pinned, where).release}.",
        )


def noted(plan: Plan, key: str, source: str) -> Plan:
    """Return `plan` with `source` as that of `key`; what comes from the terminal is a pin."""
    pins = {**plan.pins, key: source} if counts_as_command_line(source) else plan.pins
    return msgspec.structs.replace(plan, pins=pins, sources={**plan.sources, key: source})


def pinned_among(plan: Plan, keys: list[str]) -> dict[str, str]:
    """Return the pins of `plan` that hide one of `keys`, in the order of the keys."""
    return {pinned: where for key in keys if key in KEYS for pinned, where in pins_of(plan, key).items()}


def _group(key: str) -> str:
    return KEYS[key].pin_group if key in KEYS else key
