"""The environment of processes that this package starts from itself. Imports nothing of the package."""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def child_environment(**changes: str) -> dict[str, str]:
    """Return this environment with `changes`, and with the checkout on the import path, if this is one."""
    environment = {**os.environ, **changes}
    if _ROOT.name != "site-packages":
        known = environment.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = f"{_ROOT}{os.pathsep}{known}" if known else str(_ROOT)
    return environment
