"""Keys of one endpoint (POOL_2_PROFILE, POOL_2_PASSWORD, POOL_2_TLS_FINGERPRINT): whose they are, and when they count.

They belong to the POOL_n that was given beside them: one from a source weaker than the POOL_n that won was written for
another pool, and is left out, so that a password never reaches a pool that it was not meant for. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mining.configuration.gather import Given
from mining.configuration.keys import KEYS
from mining.configuration.origins import Level
from mining.engine.plan import Endpoint
from mining.errors import ConfigurationError


def orphan_problems(given: Iterable[Given]) -> list[ConfigurationError]:
    """Return a problem for each key of an endpoint that nobody gave beside it, above the console or in it."""
    items = list(given)
    pools = {(item.key, _is_pin(item)) for item in items}
    return [
        ConfigurationError(
            f"{item.origin.subject} is given, but no POOL_{KEYS[item.key].endpoint} beside it",
            next_step=f"Give POOL_{KEYS[item.key].endpoint} in the same place, or {item.origin.release}.",
            code="endpoint_missing",
        )
        for item in items
        if KEYS[item.key].endpoint and (f"POOL_{KEYS[item.key].endpoint}", _is_pin(item)) not in pools
    ]


def without_strangers(chosen: Iterable[Given]) -> list[Given]:
    """Return what won, without the keys of endpoints that lost to a stronger POOL_n."""
    items = list(chosen)
    levels = {item.key: item.origin.level for item in items}

    def is_at_home(item: Given) -> bool:
        number = KEYS[item.key].endpoint
        return not number or item.origin.level >= levels.get(f"POOL_{number}", Level.COMMAND_LINE + 1)

    return [item for item in items if is_at_home(item)]


def with_own_settings(number: int, endpoint: Endpoint, values: Mapping[str, object]) -> Endpoint:
    """Return POOL_`number` with the values of its own keys."""
    changes: dict[str, Any] = {
        key.plan_field: values[key.name] for key in KEYS.values() if key.endpoint == number and key.name in values
    }
    return msgspec.structs.replace(endpoint, **changes) if changes else endpoint


def _is_pin(item: Given) -> bool:
    return item.origin.level > Level.CONSOLE
