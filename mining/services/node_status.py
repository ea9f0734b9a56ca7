"""What a Node says of itself now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from django.conf import settings

from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.models import Node
from mining.telemetry.frame import Frame

_BUSY = ("preparing", "mining", "paused", "draining")


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A Node now. `frame` is None while it has sent none; `pins`: key → source."""

    is_running: bool
    frame: Frame | None
    pins: Mapping[str, str]
    pid: int | None
    sentence: str

    @property
    def is_busy(self) -> bool:
        """Whether it mines, or gets ready to."""
        return self.frame is not None and self.frame.state in _BUSY


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


def _frame_of(answer: object) -> Frame | None:
    try:
        return msgspec.convert(answer, Frame) if isinstance(answer, dict) else None
    except msgspec.ValidationError:
        return None
