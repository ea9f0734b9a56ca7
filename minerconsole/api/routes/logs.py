"""The log of a node's miner, to follow."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query

from minerconsole.api.access import reader_of
from minerconsole.api.places import Ulid, node_at
from minerconsole.api.schemas.fields import Line
from minerconsole.api.schemas.log import LogOut
from mining.selectors.log import node_log as log_of
from mining.terminal.log_tail import MOST_LINES

router = Router()
Place = Annotated[Line, Query("", max_length=48, description='`place` of the answer before; "" for the last lines.')]
Lines = Annotated[int, Query(ge=1, le=MOST_LINES, description="How many at most.")]


@router.get("/{ulid}/log", response=LogOut)
def node_log(request: HttpRequest, ulid: Ulid, after: Place = "", lines: Lines = 200) -> LogOut:
    """Show the end of the miner's log, or what came since. Addresses are shortened, secrets are left out."""
    reader_of(request)
    return LogOut.of(log_of(node_at(ulid), after=after, most=lines))
