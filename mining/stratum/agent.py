"""The name that this program gives itself to pools: honest, and fixed."""

from __future__ import annotations

import mining
from mining.stratum.errors import UseError, shown

# Pools give miners whose agent contains one of these a special treatment (fixed difficulty, block templates).
STEERING_WORDS = ("nicehash", "proxy", "minergate")


def agent(system: str = "Linux x86_64") -> str:
    """Return "MinerConsole/<version> (<system>)", for instance "MinerConsole/0.1.0 (Linux x86_64)".

    Raises UseError for a system whose name would steer a pool, or that is not short printable ASCII.
    """
    if not (system.isascii() and system.isprintable() and 0 < len(system) <= 40):
        raise UseError(f"The system name {shown(system)} is not 1 to 40 printable ASCII characters")
    text = f"MinerConsole/{mining.__version__} ({system})"
    if any(word in text.lower() for word in STEERING_WORDS):
        raise UseError(f"The system name {shown(system)} contains a word by which pools change their behaviour")
    return text
