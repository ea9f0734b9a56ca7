"""Orders to a Node that runs: start, stop, pause, resume; and what it says of itself now.

Intensity, cores and algorithm are settings, so changing them makes a plan (`plans.plan_adjust`): it can be seen, rolled
back, and a pin is respected. The set is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings

from mining.configuration.keys import KEYS
from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.models import Node, Plan
from mining.services.actors import Actor, Role, require
from mining.services.errors import ConflictError, InvalidError
from mining.services.events import event_record
from mining.services.plans import plan_adjust
from mining.telemetry.frame import Frame

ORDERS: dict[str, tuple[str, str]] = {
    "start": ("start_mining", "mining started"),
    "stop": ("stop_mining", "mining stopped"),
    "pause": ("pause", "mining paused"),
    "resume": ("resume", "mining resumed"),
}
"""Order → the control socket's word, and what the event log says."""
SETTINGS: dict[str, str] = {"intensity": "INTENSITY", "cores": "CORES", "algorithm": "ALGORITHM"}


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A Node now. `frame` is None while it has sent none; `pins`: key → source."""

    is_running: bool
    frame: Frame | None
    pins: Mapping[str, str]
    pid: int | None
    sentence: str


def node_status(node: Node) -> NodeStatus:
    """Ask a Node; one that does not run is an answer too."""
    if not node.is_local:
        return NodeStatus(False, None, node.pins, None, f"{node} is not this computer, and fleets come later")
    try:
        answer = request(settings.MINERCONSOLE_HOME, "status")
    except NotRunningError as error:
        return NodeStatus(False, None, node.pins, None, error.sentence)
    except MinerConsoleError as error:
        return NodeStatus(True, None, node.pins, None, error.sentence)
    frame = _frame_of(answer.get("frame"))
    pid = answer.get("pid")
    pins = frame.pins if frame is not None else node.pins
    return NodeStatus(True, frame, pins, pid if isinstance(pid, int) else None, frame.state if frame else "starting")


def node_order(actor: Actor, node: Node, op: str, value: str | int | None = None) -> Plan | None:
    """Give an order. For settings the plan that was made is returned, else None.

    Raises ForbiddenError below operator, InvalidError for an unknown order or value, ConflictError when the Node does
    not run or the key is pinned.
    """
    require(actor, Role.OPERATOR, "control the miner")
    if op in SETTINGS:
        return _change_setting(actor, node, op, value)
    if op not in ORDERS:
        raise InvalidError({"op": [f"{op!r} is no order. There are: {', '.join((*ORDERS, *SETTINGS))}."]})
    if value is not None:
        raise InvalidError({"value": [f"The order {op} takes no value."]})
    word, said = ORDERS[op]
    _send(node, word)
    event_record(actor, kind=f"node.{op}", sentence=f"{said} by {actor.name}", node=node, target=node)
    return None


def _change_setting(actor: Actor, node: Node, op: str, value: str | int | None) -> Plan:
    status = node_status(node)
    if not status.is_running:
        raise ConflictError(status.sentence, code="not_running")
    text = "" if value is None else str(value).strip()
    if not text:
        raise InvalidError({"value": [f"Say the {op}."]})
    changes = {SETTINGS[op]: text}
    if op == "cores":
        changes["THREADS"] = ""
    if op == "algorithm":
        changes |= _offline_algorithm(status.frame, text)
    return plan_adjust(actor, node, changes, reason=f"{op} {text}")


def _offline_algorithm(frame: Frame | None, algorithm: str) -> dict[str, str]:
    """Offline any algorithm may be chosen; at a pool it follows from the coin."""
    if frame is None or not frame.offline:
        raise InvalidError(
            {
                "value": [
                    f"{algorithm} cannot be chosen alone: the coin gives the algorithm. Choose coin, pool and wallet."
                ]
            }
        )
    places = [key for key in KEYS if key.startswith("POOL_")]
    left = dict.fromkeys(("COIN", "WALLET", "PAYMENT_ID", "TLS_FINGERPRINT", *places), "")
    return {**left, "OFFLINE": "on"}


def _send(node: Node, word: str, **fields: Any) -> None:
    if not node.is_local:
        raise ConflictError(f"{node} is not this computer, and fleets come later", code="not_local")
    try:
        request(settings.MINERCONSOLE_HOME, word, **fields)
    except NotRunningError as error:
        raise ConflictError(error.thing, next_step=error.next_step, code="not_running") from None
    except MinerConsoleError as error:
        raise ConflictError(error.thing, next_step=error.next_step, code=error.code) from None


def _frame_of(answer: object) -> Frame | None:
    try:
        return msgspec.convert(answer, Frame) if isinstance(answer, dict) else None
    except msgspec.ValidationError:
        return None
