"""What stands in an address or in a query, and the rows that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from ninja.params.functions import Path, Query

from minerconsole.api.schemas.fields import MOST_ID, MOST_VERSION, Line, Moment
from mining.models import Node
from mining.selectors.nodes import node_here, node_list
from mining.services.errors import InvalidError, NotFoundError

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
LOCAL = "local"
MOST_LISTED = 1000
USUAL = 100

Ulid = Annotated[str, Path(description="The ULID of a node, or `local`.", example="01JDXXXXXXXXXXXXXXXXXXXXXX")]
Ticker = Annotated[str, Path(description="The ticker of a coin, in any case.", example="XMR")]
Number = Annotated[int, Path(ge=1, le=MOST_ID, description="The number of a row.", example=1)]
Version = Annotated[int, Path(ge=1, le=MOST_VERSION, description="The version of a plan.", example=1)]

Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="How many at most.")]
Before = Annotated[int | None, Query(ge=1, le=MOST_ID, description="`before` of the page in front.")]
Since = Annotated[Moment | None, Query(description="From this time on (ISO 8601 with its zone).")]
Until = Annotated[Moment | None, Query(description="Before this time (ISO 8601 with its zone).")]
CoinWord = Annotated[Line, Query("", max_length=24, description="Only those of this coin (ticker).", example="XMR")]


def node_at(ulid: str) -> Node:
    """The node of an address; `local` is this computer's. Raises NotFoundError."""
    if ulid == LOCAL:
        return node_here()
    node = node_list().filter(ulid=ulid.upper()).first() if re.fullmatch(_ULID, ulid.upper()) else None
    if node is None:
        raise NotFoundError(f"There is no node {ulid[:40]!r}", next_step="See the list of nodes.")
    return node


@contextmanager
def told_as(**names: str) -> Iterator[None]:
    """Have what a service says of its arguments said of the fields that stand for them in the request."""
    try:
        yield
    except InvalidError as error:
        fields = {names.get(field, field): sentences for field, sentences in error.fields.items()}
        raise InvalidError(fields, error.thing, next_step=error.next_step, code=error.code) from None
