"""Nodes, orders to them and their benchmarks as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Self

import msgspec
from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import Body, Line
from mining.models import BenchmarkRun, Node
from mining.services.control import NodeStatus


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


class BenchmarkIn(Body):
    """What to measure."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"algorithm": "rx/0", "hashes": 10000}

    algorithm: Line = Field("rx/0", max_length=16)
    hashes: int = Field(10_000, ge=1, le=1_000_000)


class BenchmarkOut(Schema):
    """A benchmark and its result (as `benchmark --json` prints it)."""

    id: int
    state: Literal["running", "done", "failed"]
    algorithm: str
    hashes: int
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    sentence: str
    result: dict[str, Any]

    @classmethod
    def of(cls, run: BenchmarkRun) -> Self:
        """The row as it is shown."""
        names = [name for name in cls.model_fields if name != "id"]
        return cls(id=run.pk, **{name: getattr(run, name) for name in names})


class BenchmarksOut(Schema):
    """A page of benchmarks, newest first; ask with `before` for the next one, null when there is none."""

    benchmarks: list[BenchmarkOut]
    before: int | None


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
    """What limits the hash rate of a machine (as `doctor --json` prints it), at most a minute old."""

    version: int
    ok: bool
    machine: dict[str, Any]
    findings: list[FindingOut]
