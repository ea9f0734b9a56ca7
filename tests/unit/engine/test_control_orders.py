"""Orders of the control socket: a closed table; what is wrong is refused with its value and changes nothing."""

from __future__ import annotations

import json
import os
from typing import Any, cast

import pytest

from mining.engine.control_orders import ControlOrders
from mining.engine.event_hub import EventHub
from mining.engine.followed_version import Followed
from mining.engine.plan import Plan
from mining.engine.supervisor import Supervisor
from mining.telemetry.frame import frame_from_json
from tests.support.frames import mining_frame


class _Supervisor:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.hub = EventHub()
        self.told: list[tuple[Any, ...]] = []
        self.plan = Plan("offline", "XMR", "rx/0", (0,), pins={"COIN": "a file:3"})
        self.followed = Followed(7, "ab" * 32, "verified")

    def crew_pids(self) -> dict[str, int]:
        return {"host": 7}

    def pause(self) -> None:
        self.told.append(("pause",))

    def resume(self) -> None:
        self.told.append(("resume",))

    def start_mining(self) -> None:
        self.told.append(("start",))

    def stop_mining(self) -> None:
        self.told.append(("stop_mining",))

    def set_intensity(self, percent: int, source: str) -> None:
        self.told.append((percent, source))

    def set_cores(self, cores: tuple[int, ...], source: str) -> None:
        self.told.append((cores, source))

    def change_algorithm(self, name: str, coin: str | None, source: str) -> None:
        self.told.append((name, coin, source))

    def apply_plan(self, data: bytes, signature: bytes, *, is_start: bool, limit_s: float) -> Followed:
        self.told.append((data, signature, is_start, limit_s))
        return self.followed

    def request_stop(self, reason: str) -> None:
        self.told.append((reason,))


@pytest.fixture
def supervisor() -> _Supervisor:
    """The one that carries the orders out."""
    return _Supervisor()


@pytest.fixture
def orders(supervisor: _Supervisor) -> ControlOrders:
    """The table of orders."""
    return ControlOrders(cast(Supervisor, supervisor))


def _refused(answer: dict[str, object]) -> tuple[str, str]:
    assert answer["ok"] is False
    error = cast(dict[str, str], answer["error"])
    return error["code"], error["sentence"]


@pytest.mark.parametrize(
    ("op", "fields", "told"),
    [
        ("pause", {}, ("pause",)),
        ("resume", {}, ("resume",)),
        ("start_mining", {}, ("start",)),
        ("stop_mining", {}, ("stop_mining",)),
        ("intensity", {"value": 0}, (0, "control socket")),
        ("intensity", {"value": 100, "source": "page"}, (100, "page")),
        ("stop", {}, ("stopped by a person",)),
        ("stop", {"reason": "./manage.sh stop"}, ("./manage.sh stop",)),
        ("algorithm", {"value": "rx/2"}, ("rx/2", None, "control socket")),
        ("algorithm", {"value": "rx/0", "coin": "XMR", "source": "page"}, ("rx/0", "XMR", "page")),
        ("apply_plan", {"document": "e30", "signature": "AAAA"}, (b"{}", bytes(3), False, 120.0)),
        (
            "apply_plan",
            {"document": "e30=", "signature": "_-8=", "start": True, "limit_s": 30},
            (b"{}", b"\xff\xef", True, 30),
        ),
    ],
)
def test_an_order_is_carried_out_once(
    orders: ControlOrders, supervisor: _Supervisor, op: str, fields: dict[str, object], told: tuple[object, ...]
) -> None:
    assert orders.handle(op, {"op": op, **fields})["ok"] is True
    assert supervisor.told == [told]


def test_cores_of_this_machine_are_taken(orders: ControlOrders, supervisor: _Supervisor) -> None:
    core = min(os.sched_getaffinity(0))
    assert orders.handle("cores", {"value": str(core)})["ok"] is True
    assert supervisor.told == [((core,), "control socket")]


@pytest.mark.parametrize("value", [-1, 101, 50.0, "50", None, True, [], {}, 1 << 70])
def test_an_intensity_that_is_no_percent_is_refused_by_its_value(
    orders: ControlOrders, supervisor: _Supervisor, value: object
) -> None:
    code, sentence = _refused(orders.handle("intensity", {"value": value}))
    assert code == "bad_value" and repr(value) in sentence and supervisor.told == []


@pytest.mark.parametrize("value", ["", "x", "3-1", "0,0", "9000", "8191", "-1", None, ["0"], {"a": 1}])
def test_cores_that_are_none_are_refused_by_their_value(
    orders: ControlOrders, supervisor: _Supervisor, value: object
) -> None:
    code, sentence = _refused(orders.handle("cores", {"value": value}))
    assert code == "bad_value" and repr(str(value)) in sentence and supervisor.told == []


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("algorithm", {}),
        ("algorithm", {"value": 3}),
        ("algorithm", {"value": "rx/0", "coin": 3}),
        ("apply_plan", {}),
        ("apply_plan", {"document": "e30"}),
        ("apply_plan", {"document": "e30", "signature": ""}),
        ("apply_plan", {"document": "e 30", "signature": "AAAA"}),
        ("apply_plan", {"document": ["e30"], "signature": "AAAA"}),
        ("apply_plan", {"document": "a", "signature": "AAAA"}),
        ("apply_plan", {"document": "e30", "signature": "AAAA", "start": 1}),
        ("apply_plan", {"document": "e30", "signature": "AAAA", "limit_s": 0}),
        ("apply_plan", {"document": "e30", "signature": "AAAA", "limit_s": "30"}),
        ("apply_plan", {"document": "e30", "signature": "AAAA", "limit_s": float("nan")}),
    ],
)
def test_a_change_of_the_plan_that_cannot_be_read_is_refused(
    orders: ControlOrders, supervisor: _Supervisor, op: str, fields: dict[str, object]
) -> None:
    assert _refused(orders.handle(op, fields))[0] == "bad_value" and supervisor.told == []


@pytest.mark.parametrize("op", ["execute", "", "STATUS", "handle", "__init__", "\ud800"])
def test_an_unknown_order_is_refused_with_what_there_is(orders: ControlOrders, op: str) -> None:
    answer = orders.handle(op, {"op": op})
    code, sentence = _refused(answer)
    assert code == "unknown_order" and "status, pause, resume" in sentence and "watch" in sentence
    json.dumps(answer).encode()


@pytest.mark.parametrize("op", ["intensity", "cores", "stop"])
def test_text_that_no_frame_could_carry_does_not_reach_the_supervisor(
    orders: ControlOrders, supervisor: _Supervisor, op: str
) -> None:
    """A lone surrogate is valid JSON, but pins and reasons become part of Frames, which are UTF-8."""
    value: object = 50 if op == "intensity" else str(min(os.sched_getaffinity(0)))
    orders.handle(op, {"value": value, "source": "\ud800", "reason": "\ud800"})
    for told in supervisor.told:
        for text in told:
            str(text).encode()


def test_status_is_the_newest_frame_with_the_processes(orders: ControlOrders, supervisor: _Supervisor) -> None:
    plan = {"version": 7, "digest": "ab" * 32, "state": "verified", "reason": "", "pins": {"COIN": "a file:3"}}
    told = {"ok": True, "frame": None, "pid": os.getpid(), "processes": {"host": 7}, "plan": plan}
    assert orders.handle("status", {}) == told
    supervisor.hub.emit_frame(mining_frame(seq=5))
    frame = cast(dict[str, object], orders.handle("status", {})["frame"])
    assert "event" not in frame and frame_from_json(json.dumps(frame)) == mining_frame(seq=5)
