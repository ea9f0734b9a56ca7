"""Shipments of the journals of Nodes far away → rows: each line once, whatever was sent twice, lost or out of order.

The place up to which a journal is in rows stands in the same transaction as the rows. A shipment counts only when it
goes on from exactly that place; all others are left unused, and the Node sends from the place that it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from mining.fleet.wire import Shipment
from mining.models import JournalPosition, Node
from mining.telemetry.journal_tail import Place
from mining.telemetry.recorder.rows import write_lines


@dataclass(frozen=True, slots=True)
class Committed:
    """What came of one Node's shipments: the place that is in rows now, lines recorded, shipments left unused."""

    place: Place
    lines: int
    unused: int


@transaction.atomic
def record_shipments(told: Mapping[Node, Sequence[Shipment]]) -> dict[Node, Committed]:
    """Record what goes on from the rows, for several Nodes in one transaction. Raises DatabaseError."""
    places = _positions(list(told))
    return {node: _record(node, places[node.pk], shipments) for node, shipments in told.items()}


def stored_places(nodes: Sequence[Node]) -> dict[Node, Place]:
    """Up to where the journal of each Node is in rows."""
    known = {position.node_id: position for position in JournalPosition.objects.filter(node__in=nodes)}
    return {node: _place(known.get(node.pk)) for node in nodes}


def _positions(nodes: list[Node]) -> dict[int, JournalPosition]:
    """The rows with the places, held until the transaction ends; always taken in the same order."""
    JournalPosition.objects.bulk_create([JournalPosition(node=node) for node in nodes], ignore_conflicts=True)
    rows = JournalPosition.objects.select_for_update().filter(node__in=nodes).order_by("pk")
    return {row.node_id: row for row in rows}


def _record(node: Node, position: JournalPosition, shipments: Sequence[Shipment]) -> Committed:
    place, unused = _place(position), 0
    lines: list[bytes] = []
    for shipment in shipments:
        if shipment.begin != place:
            unused += 1
            continue
        lines += shipment.lines
        place = shipment.end
    if lines:
        position.unreadable_lines += write_lines(node, lines)
    if place != _place(position):
        position.file, position.offset = place.file, place.offset
        position.save(update_fields=["file", "offset", "unreadable_lines", "updated_at"])
    return Committed(place, len(lines), unused)


def _place(position: JournalPosition | None) -> Place:
    return Place(position.file, position.offset) if position is not None else Place()
