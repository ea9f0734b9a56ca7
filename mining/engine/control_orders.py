"""The orders of the control socket: a closed table, each validated here, carried out by the Supervisor."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from mining.algorithms.registry import ALGORITHMS
from mining.coins import COINS
from mining.configuration.cores import check_cores, parse_cores, read_machine
from mining.configuration.problem import ValueProblem
from mining.engine.control import refusal
from mining.engine.plan_change import VERIFY_S
from mining.errors import MinerConsoleError

if TYPE_CHECKING:
    from mining.engine.supervisor import Supervisor

Answer = dict[str, object]
_DONE: Answer = {"ok": True}
_LONGEST_LIMIT_S = 3600
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class ControlOrders:
    """`handle(op, message)` answers one request at once."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._orders: dict[str, Callable[[Answer], Answer]] = {
            "status": self._status,
            "pause": self._pause,
            "resume": self._resume,
            "intensity": self._intensity,
            "cores": self._cores,
            "algorithm": self._algorithm,
            "apply_plan": self._apply_plan,
            "start_mining": self._start_mining,
            "stop_mining": self._stop_mining,
            "stop": self._stop,
        }

    def handle(self, op: str, message: Answer) -> Answer:
        """Carry out `op`, or say why not."""
        order = self._orders.get(op)
        if order is None:
            return refusal("unknown_order", f"Order {op!r} is not known. There are: {', '.join(self._orders)}, watch.")
        try:
            return order(message)
        except MinerConsoleError as error:
            return refusal(error.code, error.sentence)

    def _status(self, message: Answer) -> Answer:
        line = self._supervisor.hub.frame_line
        frame = json.loads(line) if line else None
        if isinstance(frame, dict):
            frame.pop("event", None)
        crew = self._supervisor.crew_pids()
        plan = {**msgspec.to_builtins(self._supervisor.followed), "pins": self._supervisor.plan.pins}
        return {"ok": True, "frame": frame, "pid": os.getpid(), "processes": crew, "plan": plan}

    def _pause(self, message: Answer) -> Answer:
        self._supervisor.pause()
        return _DONE

    def _resume(self, message: Answer) -> Answer:
        self._supervisor.resume()
        return _DONE

    def _intensity(self, message: Answer) -> Answer:
        value = message.get("value")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
            return refusal("bad_value", f"Intensity {value!r} is not a whole number from 0 to 100.")
        self._supervisor.set_intensity(value, _text(message, "source", "control socket"))
        return _DONE

    def _cores(self, message: Answer) -> Answer:
        text = str(message.get("value", ""))
        try:
            cores = parse_cores(text)
            check_cores(cores, read_machine())
        except ValueProblem as problem:
            return refusal("bad_value", f"Cores {text!r}: {problem}")
        self._supervisor.set_cores(cores, _text(message, "source", "control socket"))
        return _DONE

    def _algorithm(self, message: Answer) -> Answer:
        value, coin = message.get("value"), message.get("coin")
        if not isinstance(value, str):
            return refusal("bad_value", f"Algorithm {value!r} is not a name such as {', '.join(ALGORITHMS)}.")
        if coin is not None and not isinstance(coin, str):
            return refusal("bad_value", f"Coin {coin!r} is not a ticker such as {', '.join(COINS)}.")
        self._supervisor.change_algorithm(value, coin, _text(message, "source", "control socket"))
        return _DONE

    def _apply_plan(self, message: Answer) -> Answer:
        document, signature = _bytes(message.get("document")), _bytes(message.get("signature"))
        if not document or not signature:
            return refusal("bad_value", "A plan needs `document` and `signature`, both as base64url.")
        is_start = message.get("start", False)
        if not isinstance(is_start, bool):
            return refusal("bad_value", f"Start {is_start!r} is neither true nor false.")
        limit_s = message.get("limit_s", VERIFY_S)
        if not isinstance(limit_s, int | float) or isinstance(limit_s, bool) or not 1 <= limit_s <= _LONGEST_LIMIT_S:
            return refusal("bad_value", f"Limit {limit_s!r} is not a number of seconds from 1 to {_LONGEST_LIMIT_S}.")
        followed = self._supervisor.apply_plan(document, signature, is_start=is_start, limit_s=limit_s)
        return {"ok": True, **msgspec.to_builtins(followed)}

    def _start_mining(self, message: Answer) -> Answer:
        self._supervisor.start_mining()
        return _DONE

    def _stop_mining(self, message: Answer) -> Answer:
        self._supervisor.stop_mining()
        return _DONE

    def _stop(self, message: Answer) -> Answer:
        self._supervisor.request_stop(_text(message, "reason", "stopped by a person"))
        return {"ok": True, "pid": os.getpid()}


def _bytes(value: object) -> bytes:
    """What a text says in base64url, with or without its padding; nothing for anything else."""
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        return b""
    try:
        return base64.urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return b""


def _text(message: Answer, key: str, default: str) -> str:
    """A text of the message as UTF-8 can carry it."""
    return str(message.get(key) or default).encode("utf-8", "replace").decode()
