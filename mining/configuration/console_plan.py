"""The console's wishes as a Plan: its values resolved like any other source, below what is pinned on the Node. Pure.

A pin is a key that was given above the console (command line, environment, file, or live by a person). It keeps its
present value whatever the console says; keys that replace each other (CORES and THREADS; POOL_1 to POOL_9 and
OFFLINE) are one group and stay together. Only a core set that nobody chose is read from the machine's topology.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from mining.coins import COINS
from mining.configuration import origins
from mining.configuration.checks import CHECKS
from mining.configuration.cores import Machine
from mining.configuration.keys import KEYS
from mining.configuration.origins import Level, Origin
from mining.configuration.planning import build_plan
from mining.configuration.resolve import inspect
from mining.configuration.run_configuration import RunConfiguration
from mining.engine.plan import Plan
from mining.errors import ConfigurationError


def resolve_console_values(
    values: Mapping[str, str], *, machine: Machine | None, pins: Collection[str] = ()
) -> RunConfiguration:
    """Return the configuration that the console's `values` (key to text) make alone. Raises ConfigurationError.

    `machine`: the cores to judge CORES and THREADS by, None for this machine. `pins`: keys (of `Plan.pins`) that the
    Node has of its own: checks between values that need one of them are left to `merged_plan`.
    """
    inspection = inspect({}, {}, None, console=values, machine=machine)
    if inspection.value_problems:
        raise inspection.value_problems[0]
    configuration, pinned = inspection.configuration, _groups(pins)
    for check in CHECKS:
        problem = None if check.keys & pinned else check.find(configuration, {})
        if problem is not None:
            raise problem
    return configuration


def merged_plan(
    current: Plan,
    configuration: RunConfiguration,
    *,
    version: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Return the Plan of a Node that now follows `current` when the console wants `configuration`.

    Keys in `current.pins` keep their value and their source; every other key takes the configuration's, and its source
    is "console (plan `version`)" where the console gave it. `version` is the number of the console's plan, by default
    the one after `current`. `environ` is judged for public continuous-integration runners only. Whether the Node is
    started or paused stays as it is. Raises ConfigurationError, with the pin and how to release it, when the two
    contradict each other.
    """
    number = current.version + 1 if version is None else version
    merged = _merged(current, configuration, number)
    for check in CHECKS:
        problem = check.find(merged, environ or {})
        if problem is not None:
            raise _with_pins(problem, check.keys, merged)
    return msgspec.structs.replace(
        build_plan(merged), is_started=current.is_started, is_paused=current.is_paused, version=number
    )


def follow_console(
    current: Plan,
    values: Mapping[str, str],
    *,
    version: int | None = None,
    machine: Machine | None = None,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Return `merged_plan` of the console's `values`. Raises ConfigurationError as the two functions above."""
    configuration = resolve_console_values(values, machine=machine, pins=current.pins)
    return merged_plan(current, configuration, version=version, environ=environ)


_FIELDS: dict[str, tuple[str, ...]] = {
    "COIN": ("coin",),
    "ALGORITHM": ("algorithm",),
    "WALLET": ("wallet",),
    "WORKER": ("worker",),
    "POOL": ("kind", "pools", "pool_numbers"),
    "POOL_PASSWORD": ("pool_password",),
    "POOL_PROFILE": ("pool_profile",),
    "POOL_DIFFICULTY": ("pool_difficulty",),
    "POOL_EMAIL": ("pool_email",),
    "POOL_SOLO": ("is_solo",),
    "PAYMENT_ID": ("payment_id",),
    "TLS_FINGERPRINT": ("tls_fingerprint",),
    "CORES": ("cores", "threads"),
    "INTENSITY": ("intensity",),
    "MODE": ("mode",),
    "HUGE_PAGES": ("huge_pages",),
    "PRIORITY": ("priority",),
    "DIFFICULTY": ("difficulty",),
    "DURATION": ("duration_s",),
    "SHARES": ("shares",),
}
"""The fields of a RunConfiguration that a group of keys gives."""


def _merged(current: Plan, configuration: RunConfiguration, version: int) -> RunConfiguration:
    """The configuration with what is pinned in `current` in the place of the console's."""
    pinned = _groups(current.pins)
    present = _present(current)
    changes: dict[str, Any] = {
        field: present[field] for group in pinned for field in _FIELDS.get(group, ()) if field in present
    }
    sources = {key: _source(key, current, configuration, pinned, version) for key in KEYS}
    if sources["ALGORITHM"].level is Level.DEFAULT:
        changes["algorithm"] = COINS[changes.get("coin", configuration.coin)].algorithm
    return replace(configuration, **changes, sources=sources)


def _present(plan: Plan) -> dict[str, object]:
    """What a Plan says, by the fields of a RunConfiguration."""
    numbers = sorted(int(key[5:]) for key in plan.pins if key[:5] == "POOL_" and key[5:].isdigit())
    is_numbered = len(numbers) == len(plan.endpoints)
    return {
        **{name: getattr(plan, name) for names in _FIELDS.values() for name in names if hasattr(plan, name)},
        **plan.held,
        "pools": plan.endpoints,
        "pool_numbers": tuple(numbers) if is_numbered else tuple(range(1, len(plan.endpoints) + 1)),
        "threads": None,
    }


def _source(key: str, current: Plan, configuration: RunConfiguration, pinned: frozenset[str], version: int) -> Origin:
    if key in current.pins:
        return origins.from_pin(key, current.pins[key])
    if KEYS[key].pin_group in pinned:
        return origins.by_default(key)
    origin = configuration.sources[key]
    return origins.from_console(key, version) if origin.level is Level.CONSOLE else origin


def _with_pins(problem: ConfigurationError, keys: frozenset[str], merged: RunConfiguration) -> ConfigurationError:
    """The problem, with the pins that it may come from, and how each is released."""
    pins = {key: origin for key, origin in merged.sources.items() if origin.is_pin}
    judged = [key for key in pins if KEYS[key].pin_group in keys]
    named = [key for key in judged if problem.thing.startswith((f"{key} ", pins[key].subject))] or judged[:2]
    if not named:
        return problem
    notes = [f"{key} is pinned on this Node ({pins[key].label}); to release it: {pins[key].release}." for key in named]
    return ConfigurationError(
        problem.thing, next_step=" ".join([problem.next_step or "", *notes]).strip(), code=problem.code
    )


def _groups(keys: Collection[str]) -> frozenset[str]:
    return frozenset(KEYS[key].pin_group for key in keys if key in KEYS)
