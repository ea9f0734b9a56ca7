"""The pins of a Node as it has them now; kept in its row for the time when it does not run."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from mining.engine.control import request
from mining.errors import MinerConsoleError
from mining.models import Node

_ASK_S = 2.0


def live_pins(node: Node) -> Mapping[str, str]:
    """Ask the Node, keep the answer in its row, and return it; without an answer what the row holds."""
    if not node.is_local:
        return dict(node.pins)
    try:
        frame = request(settings.MINERCONSOLE_HOME, "status", timeout_s=_ASK_S).get("frame")
    except MinerConsoleError:
        return dict(node.pins)
    pins = frame.get("pins") if isinstance(frame, dict) else None
    if not isinstance(pins, dict):
        return dict(node.pins)
    found = {str(key): str(source) for key, source in pins.items()}
    if found != node.pins:
        node.pins = found
        Node.objects.filter(pk=node.pk).update(pins=found)
    return found
