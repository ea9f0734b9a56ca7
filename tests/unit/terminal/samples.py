"""Frames and events to look at, and the screen they make."""

from __future__ import annotations

import io
from typing import Any

import msgspec
from rich.console import Console

from mining.telemetry.frame import (
    Candidates,
    CoreRow,
    Frame,
    HugePages,
    Intensity,
    JobRow,
    Luck,
    Memory,
    NextShare,
    Payee,
    Rates,
    SessionRow,
    Shares,
    System,
)
from mining.terminal.layout import Model, compose
from mining.terminal.live import LiveView
from mining.terminal.text import line_text, line_width


def core_row(core: int, state: str = "hashing") -> CoreRow:
    rate = 171.2 + core % 3 if state == "hashing" else None
    return CoreRow(core=core, state=state, hashrate_hps=rate, hashes=1000, errors=0, age_s=0.1)


def make_frame(count: int = 2, **changes: Any) -> Frame:
    """A Node that mines with `count` cores; `changes` replaces whole fields."""
    frame = Frame(
        node_id="01JD9Z0000000000000000ABCD",
        epoch="01JD9Z0000000000000000EPOC",
        seq=7,
        at=1_800_000_000.0,
        state="mining",
        state_reason="",
        plan_version=3,
        algorithm="rx/0",
        coin="XMR",
        payee=Payee("48edfH…oD", "mining_config.env"),
        offline=False,
        hashrate_hps=Rates(342.1, 341.8, 340.9),
        cores=[core_row(core) for core in range(count)],
        intensity=Intensity(100, 99.6),
        candidates=Candidates(),
        shares=Shares(found=13, accepted=12, in_flight=1, difficulty_accepted=1_440_000),
        luck=Luck(11.4, 13, 0.71),
        session=SessionRow(pool="monerod", endpoint="127.0.0.1:18081", link="ready", rtt_ms=3.2, difficulty=120_000),
        memory=Memory("fast", HugePages(1168, 1168, "hugetlb"), dataset_s=11.2),
        system=System(99.8, 2.01, 4021, 3725.0),
        next_share_s=NextShare(21.0, 281.0, 1214.0),
        job=JobRow("a81b3c", 3_214_567, 12.0, "rx/0", "ab" * 32),
    )
    return msgspec.structs.replace(frame, **changes)


def as_event(frame: Frame) -> dict[str, object]:
    return {"event": "frame", **msgspec.to_builtins(frame)}


def rendered(frame: Frame | None, width: int = 80, height: int = 24, **changes: Any) -> list[str]:
    """The lines of the screen as text; fails when one is too wide or when there are too many."""
    lines = compose(Model(frame=frame, **changes), width, height)
    assert len(lines) <= height
    assert max((line_width(line) for line in lines), default=0) <= width
    return [line_text(line) for line in lines]


class Stage:
    """A LiveView on a text buffer, with a clock in the hand of the test."""

    def __init__(self, width: int = 80, height: int = 24, **console: Any) -> None:
        self.file = io.StringIO()
        self.now = 100.0
        self.console = Console(file=self.file, width=width, height=height, force_terminal=True, **console)
        self.view = LiveView(self.console, monotonic=lambda: self.now, wall=lambda: 1_800_000_000.0)

    def take(self) -> str:
        """What was written since the last call."""
        written = self.file.getvalue()
        self.file.seek(0)
        self.file.truncate()
        return written
