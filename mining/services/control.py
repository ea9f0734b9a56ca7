"""Orders to a Node that runs: start, stop, pause, resume.

Intensity, cores and algorithm are settings, so changing them makes a plan (`plans.plan_adjust`): it can be seen, rolled
back, and a pin is respected. The set is closed.
"""

from __future__ import annotations

from django.conf import settings

from mining.configuration.keys import KEYS
from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.models import Node, Plan
from mining.services.actors import Actor, Role, require
from mining.services.beside_benchmark import refuse_beside_benchmark
from mining.services.errors import ConflictError, InvalidError
from mining.services.events import event_record
from mining.services.fleet_orders import command_send
from mining.services.node_status import node_status
from mining.services.plans import plan_adjust
from mining.telemetry.frame import Frame

ORDERS: dict[str, tuple[str, str]] = {
    "start": ("start_mining", "mining started"),
    "stop": ("stop_mining", "mining stopped"),
    "pause": ("pause", "mining paused"),
    "resume": ("resume", "mining resumed"),
}
"""Order → the control socket's word, and what the event log says."""
_BEGINNINGS = ("start", "resume")
SETTINGS: dict[str, str] = {"intensity": "INTENSITY", "cores": "CORES", "algorithm": "ALGORITHM"}


def node_order(actor: Actor, node: Node, op: str, value: str | int | None = None) -> Plan | None:
    """Give an order. For settings the plan that was made is returned, else None.

    Raises ForbiddenError below operator, InvalidError for an unknown order or value, ConflictError when the Node does
    not run, the key is pinned, or mining would begin beside a benchmark.
    """
    require(actor, Role.OPERATOR, "control the miner")
    if op in SETTINGS:
        return _change_setting(actor, node, op, value)
    if op not in ORDERS:
        raise InvalidError({"op": [f"{op!r} is no order. There are: {', '.join((*ORDERS, *SETTINGS))}."]})
    if value is not None:
        raise InvalidError({"value": [f"The order {op} takes no value."]})
    word, said = ORDERS[op]
    if op in _BEGINNINGS:
        refuse_beside_benchmark(node)
    if node.is_local:
        _send(word)
    else:
        said = said if command_send(node, op).answer is not None else f"{op} sent, not answered yet,"
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


def _send(word: str) -> None:
    """To the miner of this computer."""
    try:
        request(settings.MINERCONSOLE_HOME, word)
    except NotRunningError as error:
        raise ConflictError(error.thing, next_step=error.next_step, code="not_running") from None
    except MinerConsoleError as error:
        raise ConflictError(error.thing, next_step=error.next_step, code=error.code) from None
