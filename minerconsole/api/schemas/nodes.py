"""Nodes and orders to them as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

import msgspec
from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import Body, Line
from mining.models import Node
from mining.services.node_status import NodeStatus


class NodeOut(Schema):
    """A machine."""

    id: str = Field(..., description="Its ULID.")
    name: str
    is_local: bool
    version: str
    followed_version: int
    pins: dict[str, str]
    hardware: dict[str, Any]
    last_frame_at: datetime | None

    @classmethod
    def of(cls, node: Node) -> Self:
        """The row as it is shown."""
        names = ("name", "is_local", "version", "followed_version", "pins", "hardware", "last_frame_at")
        return cls(id=node.ulid, **{name: getattr(node, name) for name in names})


class NodeChange(Body):
    """What can be changed of a node."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "cellar"}

    name: Line = Field(..., max_length=64)


class StatusOut(Schema):
    """A node now. `frame` is Frame v1 (docs/PROTOCOLS.md), null while it has sent none."""

    is_running: bool
    sentence: str
    pid: int | None
    pins: dict[str, str]
    frame: dict[str, Any] | None

    @classmethod
    def of(cls, status: NodeStatus) -> Self:
        """The status as it is shown."""
        frame = None if status.frame is None else msgspec.to_builtins(status.frame)
        return cls(
            is_running=status.is_running,
            sentence=status.sentence,
            pid=status.pid,
            pins=dict(status.pins),
            frame=frame,
        )


class IntensityIn(Body):
    """Share of the time of the chosen cores."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"value": 50}

    value: int = Field(..., ge=0, le=100, description="Percent.", examples=[50])


class CoresIn(Body):
    """Which cores hash."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"value": "0-3,6"}

    value: Line = Field(..., max_length=200, examples=["0-3,6"])


class AlgorithmIn(Body):
    """What is hashed offline; at a pool the coin gives it."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"value": "scrypt"}

    value: Line = Field(..., max_length=16, examples=["scrypt"])


class DoneOut(Schema):
    """An order was given."""

    done: str = Field(..., examples=["paused"])


class FindingOut(Schema):
    """One limiter of the hash rate: its cause, the one command that mends it, and what to expect of that."""

    code: str
    title: str
    state: Literal["ok", "info", "warn", "bad", "unknown"]
    sentence: str
    command: str
    effect: str
    fixable: bool


class DoctorOut(Schema):
    """What limits the hash rate of a machine (as `doctor --json` prints it), and how long ago that was found out."""

    age_s: float
    version: int
    ok: bool
    machine: dict[str, Any]
    findings: list[FindingOut]
