"""What a Node says of itself now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.utils import timezone

from mining.engine.control import NotRunningError, request
from mining.errors import MinerConsoleError
from mining.fleet.presence import STALE_S
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
        return _far_status(node)
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


def _far_status(node: Node) -> NodeStatus:
    """What the console heard of a machine far away. Its Frames are with the web process, which follows them."""
    heard = node.last_frame_at
    if heard is None:
        return NodeStatus(False, None, node.pins, None, f"Nothing was heard of {node} yet")
    is_running = (timezone.now() - heard).total_seconds() <= STALE_S
    sentence = f"{node} was heard last at {heard:%Y-%m-%d %H:%M:%S} UTC"
    return NodeStatus(is_running, None, node.pins, None, sentence)


def _frame_of(answer: object) -> Frame | None:
    try:
        return msgspec.convert(answer, Frame) if isinstance(answer, dict) else None
    except msgspec.ValidationError:
        return None
