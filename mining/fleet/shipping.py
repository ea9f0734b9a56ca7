"""Shipping: the Node's journal into its stream, in order, each line until the console has it in rows.

Lines stay on the Node's disk until they are acknowledged (`acknowledged_place`), for as long as that takes; Redis holds
a few shipments at most. Called by one thread; every call may end with a broker's error, and then `broken` must follow.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from mining.fleet.course import Course
from mining.fleet.keys import ACKED, JOURNAL, node_key
from mining.fleet.wire import MOST_SHIPMENTS, SHIPMENT_BYTES, place_of, shipment_fields, shipment_of, shipments
from mining.telemetry.journal_files import ACKNOWLEDGED, acknowledged_place, journal_folder
from mining.telemetry.journal_tail import Place, look_of, next_piece


class Shipping:
    """One Node's. `ship` until it says that there is nothing more."""

    def __init__(self, home: Path, ulid: str) -> None:
        self._home = home
        self._stream, self._acked_key = node_key(ulid, JOURNAL), node_key(ulid, ACKED)
        self._course = Course(Place(*acknowledged_place(home)))
        self._idle: tuple[Place, tuple[int, int] | None] | None = None
        self.waiting = 0
        keep_acknowledged(home, self._course.acked)

    @property
    def acked(self) -> Place:
        """Behind the last line that the console has committed, as far as we know."""
        return self._course.acked

    def broken(self) -> None:
        """The connection ended."""
        self._course = self._course.broken()

    def ship(self, client: Any) -> bool:
        """Send the next piece; False when there is none, or no room. Raises a broker's error, OSError."""
        self._look(client)
        place = self._course.sent
        if place is None or self.waiting >= MOST_SHIPMENTS:
            return False
        look = look_of(self._home, place)  # before reading: two cheap looks at the disk while nothing is written
        if look is not None and self._idle == (place, look):
            return False
        piece = next_piece(self._home, place)
        if piece is None:
            self._idle = place, look
            return False
        room = MOST_SHIPMENTS - self.waiting
        for number, shipment in enumerate(shipments(place, piece.lines, piece.end, most_bytes=SHIPMENT_BYTES)):
            if number == room:
                return False
            client.xadd(self._stream, shipment_fields(shipment))
            self._course = self._course.sent_to(shipment.end)
            self.waiting += 1
        return True

    def _look(self, client: Any) -> None:
        """Ask what waits and what was acknowledged, in one step; after a break also what arrived at last."""
        with client.pipeline(transaction=True) as asking:
            asking.xlen(self._stream)
            asking.get(self._acked_key)
            asking.xrevrange(self._stream, count=1) if self._course.sent is None else None
            self.waiting, acked, *last = asking.execute()
        before = self._course.acked
        if last:
            arrived = shipment_of(last[0][0][1]) if last[0] else None
            self._course = self._course.resumed(arrived.end if arrived is not None else None, place_of(acked))
        else:
            self._course = self._course.looked(self.waiting, place_of(acked))
        if self._course.acked != before:
            keep_acknowledged(self._home, self._course.acked)


def keep_acknowledged(home: Path, place: Place) -> None:
    """Remember it beside the journal, whose files are not deleted beyond it. A disk that is full keeps the old one."""
    path = journal_folder(home) / ACKNOWLEDGED
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{place.file}:{place.offset}\n")
        os.replace(fresh, path)


def forget_acknowledged(home: Path) -> None:
    """The Node left its console: nothing waits for anybody any more."""
    with contextlib.suppress(OSError):
        (journal_folder(home) / ACKNOWLEDGED).unlink(missing_ok=True)
