"""The doctor's report of this computer, kept for a minute: it reads hundreds of small files."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from mining.algorithms.randomx.loader import find_library
from mining.hardware.doctor import examine, report
from mining.hardware.machine import read_machine
from mining.models import Node
from mining.services.errors import ConflictError

KEPT_S = 60.0
_lock = threading.Lock()
_kept: dict[Path, tuple[float, dict[str, Any]]] = {}


def doctor_report(node: Node) -> dict[str, Any]:
    """The report as `doctor --json` prints it, at most a minute old. Raises ConflictError (not_local)."""
    if not node.is_local:
        raise ConflictError(f"{node} is not this computer, and fleets come later", code="not_local")
    home: Path = settings.MINERCONSOLE_HOME
    with _lock:
        kept = _kept.get(home)
        if kept is None or time.monotonic() - kept[0] > KEPT_S:
            machine = read_machine(find_library=lambda: find_library(cache_folder=home / "cache"))
            kept = _kept[home] = (time.monotonic(), report(machine, examine(machine)))
    return kept[1]
