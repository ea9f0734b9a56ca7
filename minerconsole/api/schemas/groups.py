"""Groups, tags and drift as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from ninja import Schema
from pydantic import Field, StringConstraints

from minerconsole.api.schemas.fields import Body, Line
from minerconsole.api.schemas.plans import ChangeOut
from mining.models import NodeGroup
from mining.selectors.drift import Drift

MOST_NODES = 10_000
UlidWord = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


class GroupOut(Schema):
    """Nodes that shall do the same. A node is in one group at most."""

    id: int
    name: str
    note: str
    size: int
    created_at: datetime

    @classmethod
    def of(cls, group: NodeGroup, size: int) -> Self:
        """The row as it is shown."""
        return cls(id=group.pk, name=group.name, note=group.note, size=size, created_at=group.created_at)


class GroupIn(Body):
    """A new group."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "hall north", "note": "left door"}

    name: Line = Field(..., max_length=64)
    note: Line = Field("", max_length=200)


class GroupChange(Body):
    """What is left out or null stays."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"note": "right door"}

    name: Line | None = Field(None, max_length=64)
    note: Line | None = Field(None, max_length=200)


class GroupNodesIn(Body):
    """All nodes of the group; those of other groups leave them."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"nodes": []}

    nodes: list[UlidWord] = Field(..., max_length=MOST_NODES, description="ULIDs.")


class TagsIn(Body):
    """All tags of a node, words in lower case."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"tags": ["epyc", "rack 3"]}

    tags: list[Line] = Field(..., max_length=20)


class TagsOut(Schema):
    """The tags of a node."""

    tags: list[str]


class DriftOut(Schema):
    """What a node runs against what it should: failed, other, group, waiting, own, same. Versions of plans; 0: its own
    settings. `changes`: from the last rollout of its group to its plan."""

    node: str
    name: str
    group: str
    kind: str
    is_drift: bool
    sentence: str
    wanted: int
    runs: int
    changes: list[ChangeOut]

    @classmethod
    def of(cls, drift: Drift) -> Self:
        """As it is shown."""
        return cls(
            node=drift.node.ulid,
            name=drift.node.name,
            group=drift.group,
            kind=drift.kind.value,
            is_drift=drift.kind.is_drift,
            sentence=drift.sentence,
            wanted=drift.wanted,
            runs=drift.runs,
            changes=[ChangeOut.of(change) for change in drift.changes],
        )
