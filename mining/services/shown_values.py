"""A plan's values as people may see them: addresses shortened, secrets named and not shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mining.addresses.masking import mask_address
from mining.configuration.keys import KEYS

_HIDDEN = "(set)"


def shown_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values in the order of the table of keys. Those of a plan's row hold no password in a URL."""
    return {key: _shown(key, values[key]) for key in KEYS if values.get(key)}


def _shown(key: str, text: str) -> str:
    if key == "WALLET":
        return mask_address(text)
    is_url = key.startswith("POOL_") and key.removeprefix("POOL_").isdigit()
    return _HIDDEN if KEYS[key].is_secret and not is_url else text
