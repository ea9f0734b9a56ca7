"""Writing: what the recorder does in one step, without its thread. Every step may fail at any point and be done again.

The rows of a piece of the journal and the place behind it are one transaction: either both are there or none, so that
a share is recorded exactly once, whatever breaks between two steps.
"""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from mining.models import JournalPosition, Node
from mining.services.nodes import node_local
from mining.telemetry.history import History
from mining.telemetry.journal_tail import Piece, Place, look_of, next_piece, prune
from mining.telemetry.recorder.history_rows import delete_expired, save_history
from mining.telemetry.recorder.rows import write_lines

_EXPIRE_EVERY_S = 60.0


class Writing:
    """`forget` after a trouble, or when the database is another one: everything is read anew then."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._node: Node | None = None
        self._place: Place | None = None
        self._idle_look: tuple[int, int] | None = None
        self._expired_at = 0.0

    def forget(self) -> None:
        """Nothing is known of the database."""
        self._node = self._place = self._idle_look = None

    @property
    def node(self) -> Node:
        """This computer's Node, registered where it is not."""
        if self._node is None:
            self._node = node_local(self._home)
        return self._node

    def record_piece(self) -> int | None:
        """Record the next lines; returns how many, None when there are none. Raises DatabaseError, OSError."""
        if self._place is None:
            self._place = self._stored_place()
        look = look_of(self._home, self._place)
        if look is not None and look == self._idle_look:
            return None
        piece = next_piece(self._home, self._place)
        if piece is None:
            self._idle_look = look
            return None
        if not self._commit(piece, self._place):
            self._place = None  # somebody else recorded meanwhile
            return 0
        has_new_file = piece.end.file != self._place.file
        self._place = piece.end
        if has_new_file:
            prune(self._home, piece.end)
        return len(piece.lines)

    def record_history(self, history: History, dropped_samples: int, now: float) -> None:
        """Write the samples. Raises DatabaseError. `now`: Unix seconds."""
        if self._place is None:  # a row for what is counted
            self._place = self._stored_place()
        history.written(save_history(self.node, history, dropped_samples), now)
        Node.objects.filter(pk=self.node.pk).update(last_frame_at=timezone.now())
        if abs(now - self._expired_at) >= _EXPIRE_EVERY_S:
            delete_expired(self.node, now)
            self._expired_at = now

    def _stored_place(self) -> Place:
        position, _ = JournalPosition.objects.get_or_create(node=self.node)
        return Place(position.file, position.offset)

    @transaction.atomic
    def _commit(self, piece: Piece, begin: Place) -> bool:
        position = JournalPosition.objects.select_for_update().get(node=self.node)
        if (position.file, position.offset) != (begin.file, begin.offset):
            return False
        position.unreadable_lines += write_lines(self.node, piece.lines) + piece.torn
        position.file, position.offset = piece.end.file, piece.end.offset
        position.save(update_fields=["file", "offset", "unreadable_lines", "updated_at"])
        return True
