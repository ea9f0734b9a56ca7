"""Kinds of values that requests hold: each judged before a service or the database sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

MOST_ID = (1 << 53) - 1
"""Every number of a row that JavaScript can hold; databases hold more."""
MOST_VERSION = (1 << 31) - 1
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)


def one_line(text: str) -> str:
    """Return `text` if it is one printable line. PostgreSQL refuses NUL, and no value of ours has several lines."""
    if not text.isprintable():
        raise ValueError("Use one line of printable characters.")
    return text


def in_reach(moment: datetime) -> datetime:
    """Return the moment in UTC if the rows can hold it: from 1970 to 2190."""
    try:
        found = moment.astimezone(UTC)
    except OverflowError:
        found = datetime.min.replace(tzinfo=UTC)
    if not _FIRST <= found < _LAST:
        raise ValueError("Use a time from 1970 to 2190.")
    return found


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Tells the pattern in the description. What is judged is more exact, and refused with a sentence."""

    pattern: str

    def __get_pydantic_json_schema__(self, kind: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(kind), "pattern": self.pattern}


Line = Annotated[str, AfterValidator(one_line), _Pattern(r"^[^\x00-\x1f\x7f]*$")]
Moment = Annotated[AwareDatetime, AfterValidator(in_reach)]
RowNumber = Annotated[int, Field(ge=1, le=MOST_ID)]


class Body(Schema):
    """A request's body. A name that is not known is refused: it would be a mistake that nobody sees."""

    model_config = ConfigDict(extra="forbid")
    EXAMPLE: ClassVar[dict[str, Any]]

    @classmethod
    def __get_pydantic_json_schema__(cls, kind: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell the example."""
        shape = handler(kind)
        handler.resolve_ref_schema(shape)["examples"] = [cls.EXAMPLE]
        return shape
