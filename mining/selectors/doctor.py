"""The doctor's report of this computer, kept for a while: it reads hundreds of small files."""

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
from mining.services.fleet_orders import command_send

KEPT_S = 60.0
_FAR_S = 15.0
_lock = threading.Lock()
_kept: dict[Path, tuple[float, dict[str, Any]]] = {}


def doctor_report(node: Node, *, max_age_s: float = KEPT_S) -> dict[str, Any]:
    """The report as `doctor --json` prints it, with its `age_s`; made anew when it is older than `max_age_s`.

    One caller at a time: those who wait get what the one in front has found. A machine far away is asked each time.
    Raises ConflictError (as `fleet_orders.command_send`, no_answer).
    """
    if not node.is_local:
        return _far_report(node)
    home: Path = settings.MINERCONSOLE_HOME
    with _lock:
        kept = _kept.get(home)
        if kept is None or time.monotonic() - kept[0] > max_age_s:
            machine = read_machine(find_library=lambda: find_library(cache_folder=home / "cache"))
            found = report(machine, examine(machine))
            kept = _kept[home] = (time.monotonic(), found)
    return {**kept[1], "age_s": round(time.monotonic() - kept[0], 3)}


def _far_report(node: Node) -> dict[str, Any]:
    answer = command_send(node, "doctor", wait_s=_FAR_S, is_whole=True).answer
    result = answer.get("result") if answer is not None else None
    if not isinstance(result, dict):
        raise ConflictError(
            f"{node} did not answer within {_FAR_S:.0f} s", next_step="Look whether it is there.", code="no_answer"
        )
    return {**result, "age_s": 0.0}
