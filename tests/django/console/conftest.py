"""A Node that answers from memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mining.errors import MinerConsoleError
from mining.models import Node
from mining.services import control, live_pins, node_status, plans
from tests.django.console import plan_rows as rows

EXAMPLE = Path(__file__).parents[2] / "vectors" / "frame_v1.json"


class FakeNode:
    """Answers the control socket's requests; `frame` may be changed, an empty one is none yet."""

    def __init__(self) -> None:
        self.frame: dict[str, Any] = json.loads(EXAMPLE.read_text())
        self.frame["pins"] = {}
        self.asked: list[str] = []
        self.refusal: MinerConsoleError | None = None

    def request(self, _home: Path, op: str, timeout_s: float = 5.0, **_: object) -> dict[str, object]:
        """In the place of `mining.engine.control.request`."""
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(op)
        return {"ok": True, "frame": self.frame or None, "pid": 4711} if op == "status" else {"ok": True}


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> FakeNode:
    """The node of this computer, in the place of the control socket."""
    settings.MINERCONSOLE_HOME = tmp_path
    made = FakeNode()
    for module in (control, node_status, plans, live_pins):
        monkeypatch.setattr(module, "request", made.request)
    return made


@pytest.fixture
def node() -> Node:
    """Its row."""
    return rows.node()
