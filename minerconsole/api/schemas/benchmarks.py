"""Benchmarks as the API takes and shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from ninja import Schema
from pydantic import Field

from minerconsole.api.schemas.fields import Body, Line
from mining.models import BenchmarkRun
from mining.services.benchmark_process import Progress


class BenchmarkIn(Body):
    """What to measure."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"algorithm": "rx/0", "hashes": 10000}

    algorithm: Line = Field("rx/0", max_length=16)
    hashes: int = Field(10_000, ge=1, le=1_000_000)
    cores: Line = Field("", max_length=200, description='Such as 0-3,6; "" for what the caches carry.')
    mode: Literal["auto", "light"] = Field("auto", description="light: RandomX without its dataset.")


class ProgressOut(Schema):
    """How far a benchmark is."""

    phase: Literal["starting", "dataset", "hashing", "ending"]
    share: float = Field(..., description="Of this phase, 0 to 1.")
    elapsed_s: float = Field(..., description="Seconds since it was started, by no clock that can be set.")


class BenchmarkOut(Schema):
    """A benchmark and its result (as `benchmark --json` prints it)."""

    id: int
    state: Literal["running", "done", "failed", "cancelled"]
    algorithm: str
    hashes: int
    cores: str = Field(..., description="As they were asked for.")
    mode: Literal["auto", "light"] = Field(..., description="As it was asked for.")
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    sentence: str
    progress: ProgressOut | None = Field(..., description="While it runs; null: it is over, or not known.")
    result: dict[str, Any]

    @classmethod
    def of(cls, run: BenchmarkRun, progress: Progress | None) -> Self:
        """The row as it is shown."""
        names = [name for name in cls.model_fields if name not in ("id", "progress")]
        told = None if progress is None else ProgressOut(**asdict(progress))
        return cls(id=run.pk, progress=told, **{name: getattr(run, name) for name in names})


class BenchmarksOut(Schema):
    """A page of benchmarks, newest first; ask with `before` for the next one, null when there is none."""

    benchmarks: list[BenchmarkOut]
    before: int | None
