"""Course: up to where a Node's journal was sent and acknowledged, and from where it goes on after a break. Pure.

Sending may break anywhere: the Node does not know then what arrived, Redis may have forgotten what it had, the console
may have been set back to an older database. What the stream still holds and what the console has acknowledged, both
asked in one step, decide where sending goes on; nothing that is remembered here does.
"""

from __future__ import annotations

from dataclasses import dataclass

from mining.telemetry.journal_tail import Place


@dataclass(frozen=True, slots=True)
class Course:
    """`sent`: behind the last line in the stream; None while that is not known. `acked`: behind the last committed."""

    acked: Place
    sent: Place | None = None

    def broken(self) -> Course:
        """The connection ended: what arrived is not known."""
        return Course(self.acked)

    def resumed(self, last_in_stream: Place | None, acked: Place | None) -> Course:
        """Both were asked anew. `last_in_stream` None: the stream is empty. `acked` None: Redis knows of none."""
        acked = acked or self.acked
        return Course(acked, last_in_stream or acked)

    def looked(self, waiting: int, acked: Place | None) -> Course:
        """`waiting` entries and `acked` were asked in one step, while connected.

        With nothing waiting, all that was sent was committed; where it was not, the console could not use it (a gap, or
        rows of before a backup) and has named the place from which it wants it again.
        """
        acked = acked or self.acked
        return Course(acked, acked if waiting == 0 else self.sent)

    def sent_to(self, place: Place) -> Course:
        """Lines up to `place` are in the stream."""
        return Course(self.acked, place)
