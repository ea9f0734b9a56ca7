"""Pins: keys that a Node has from its own command line, environment or file, which no plan of the console changes."""

from __future__ import annotations

from collections.abc import Mapping

from mining.configuration.keys import KEYS
from mining.configuration.origins import from_pin
from mining.models import Node, Plan
from mining.services.errors import ConflictError

_DEFAULTS = {"INTENSITY": "100", "MODE": "auto", "HUGE_PAGES": "auto", "PRIORITY": "low", "POOL_SOLO": "off"}


def check_pins(node: Node, pins: Mapping[str, str], base: Plan | None, values: Mapping[str, str]) -> None:
    """Raise ConflictError (pinned) for the first of `pins` (key → source) that these values would change.

    A key that stays as it was in the plan before is no change: a pin on one key locks no other.
    """
    before = {} if base is None else base.values
    for key, source in sorted(pins.items()):
        if key not in KEYS:
            continue
        group = KEYS[key].pin_group
        changed = [
            name
            for name in {*values, *before}
            if name in KEYS and KEYS[name].pin_group == group and _differs(name, before, values)
        ]
        if changed:
            release = from_pin(key, source).release
            raise ConflictError(
                f"{key} is pinned on {node} by {source}, so {changed[0]} cannot be changed here",
                next_step=f"To release it: {release}, and start again.",
                code="pinned",
            )


def _differs(key: str, before: Mapping[str, str], values: Mapping[str, str]) -> bool:
    default = _DEFAULTS.get(key, "")
    return before.get(key, default) != values.get(key, default)
