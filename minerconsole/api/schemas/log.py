"""The miner's log as the API shows it."""

from __future__ import annotations

from typing import Literal, Self

from ninja import Schema
from pydantic import Field

from mining.selectors.log import NodeLog


class LogLineOut(Schema):
    """One line of the log."""

    at: str = Field(..., description='As it is written, in the node\'s zone; "": it belongs to the line above.')
    topic: str
    level: Literal["info", "warning", "error"]
    text: str


class LogOut(Schema):
    """Lines, oldest first. Ask with `after` = `place` for those that come; at once when `is_more`."""

    lines: list[LogLineOut]
    place: str
    is_more: bool
    gap: Literal["", "begun", "behind", "gone"] = Field(
        ..., description="Why lines are missing before these: there are older ones, too many came, their file is gone."
    )
    has_file: bool
    is_running: bool = Field(..., description="Whether something that writes the log runs.")

    @classmethod
    def of(cls, log: NodeLog) -> Self:
        """The part as it is shown."""
        lines = [LogLineOut(at=line.at, topic=line.topic, level=line.level, text=line.text) for line in log.part.lines]
        part = log.part
        return cls(
            lines=lines,
            place=part.place,
            is_more=part.is_more,
            gap=part.gap,
            has_file=log.has_file,
            is_running=log.is_running,
        )
